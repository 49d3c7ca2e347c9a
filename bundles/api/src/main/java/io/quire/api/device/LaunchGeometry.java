package io.quire.api.device;

/**
 * The shape of a launch.
 *
 * @param groupsX work-groups in the first dimension
 * @param groupsY in the second
 * @param groupsZ in the third
 * @param groupSize work-items in a group, one-dimensional
 * @param localBytes local memory of a group beyond what the text declares
 */
public record LaunchGeometry(
    int groupsX, int groupsY, int groupsZ, int groupSize, int localBytes) {}
