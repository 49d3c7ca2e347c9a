/**
 * Vocabularies: tables of token bytes, look-ups, and the tokens that are cut out of a text first.
 */
package io.quire.text.token;
