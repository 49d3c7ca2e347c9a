/** The devices of this machine, brought by the backends of the distribution. */
package io.quire.tools.device;
