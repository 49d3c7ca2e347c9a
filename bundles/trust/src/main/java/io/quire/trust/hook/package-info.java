/** What is not signed does not resolve. */
package io.quire.trust.hook;
