/** Command lines and tables. */
package io.quire.tools.command;
