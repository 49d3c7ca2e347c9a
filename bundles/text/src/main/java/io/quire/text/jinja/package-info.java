/** Chat templates: a bounded interpreter of Jinja over plain values, without reflection. */
package io.quire.text.jinja;
