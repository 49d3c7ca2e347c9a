/** Devices in child processes: the parent's side, which starts them and speaks for them. */
package io.quire.worker;
