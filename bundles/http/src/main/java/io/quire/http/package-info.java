/** The OpenAI-compatible API: the servlet, its configuration and its routes. */
package io.quire.http;
