/** One request and its response: bodies, errors, keys, origins, clients that stall or go away. */
package io.quire.http.exchange;
