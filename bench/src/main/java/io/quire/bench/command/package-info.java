/** What every benchmark needs of a command line: options, help, results as JSON. */
package io.quire.bench.command;
