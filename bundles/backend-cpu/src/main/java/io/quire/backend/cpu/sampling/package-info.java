/** From a row of logits to a token: filters, random numbers, penalties, log-probabilities. */
package io.quire.backend.cpu.sampling;
