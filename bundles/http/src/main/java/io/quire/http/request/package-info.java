/** Request bodies: strict bounded JSON, checked and turned into records. */
package io.quire.http.request;
