package io.quire.backend.nvidia.driver;

import io.quire.backend.nvidia.cuda.Cuda;
import java.util.Map;

/**
 * A loaded program.
 *
 * @param module the program
 * @param exports the whole numbers that its text exports
 */
record Program(Cuda.Module module, Map<String, Integer> exports) {}
