/** Every device driver as a device that serves models. */
package io.quire.gpu;
