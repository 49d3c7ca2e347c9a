/** What needs a device: contract cases, times, tuning. */
package io.quire.tools.measure;
