/** Scheduling without phases: which sequences run in the next step, and with how many tokens. */
package io.quire.core.schedule;
