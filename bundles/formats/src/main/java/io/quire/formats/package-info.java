/** What all file formats share: mapped files, tensor tables, opened models and their errors. */
package io.quire.formats;
