package io.quire.tools.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.device.DeviceDriver;
import io.quire.tools.device.backend.FakeBackend;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DriverHostTest {
  @TempDir Path dist;

  @BeforeEach
  void makeBundles() throws IOException {
    Files.createDirectories(dist.resolve("bundles"));
    jar(
        "api.jar",
        Map.of(
            "Bundle-SymbolicName",
            "io.quire.api",
            "Export-Package",
            "io.quire.api.device;version=\"1.0.0\",io.quire.api.kernel;version=\"1.1.0\""));
    jar(
        "gpu.jar",
        Map.of(
            "Bundle-SymbolicName",
            "io.quire.gpu",
            "Export-Package",
            "io.quire.gpu.driver;version=\"1.0.0\";uses:=\"io.quire.api.device\""));
    jar(
        "backend.jar",
        Map.of(
            "Bundle-SymbolicName",
            "io.quire.backend.fake;singleton:=true",
            "Bundle-Activator",
            FakeBackend.class.getName(),
            "Import-Package",
            "io.quire.api.device;version=\"[1.0,2)\",io.quire.gpu.driver;version=\"[1.0,2)\","
                + "org.osgi.framework",
            "Provide-Capability",
            "osgi.service;objectClass:List<String>=\"io.quire.api.device.DeviceDriver\""));
    jar(
        "core.jar",
        Map.of("Bundle-SymbolicName", "io.quire.core", "Bundle-Activator", "is.not.to.be.Started"));
  }

  @Test
  void shouldBringTheDevicesOfTheBackends() throws Exception {
    try (DriverHost host = DriverHost.start(dist, dist.resolve("home"))) {
      List<DeviceDriver> drivers = host.drivers("");

      assertEquals(List.of("fake0", "fake1"), ids(drivers));
      assertEquals(dist.resolve("home").toString(), drivers.getFirst().info().name());
    }
  }

  @Test
  void shouldFilterDevices() throws Exception {
    try (DriverHost host = DriverHost.start(dist, dist)) {
      assertEquals(List.of("fake1"), ids(host.drivers("(quire.device=fake1)")));
    }
  }

  @Test
  void shouldExplainAWrongFilter() throws Exception {
    try (DriverHost host = DriverHost.start(dist, dist)) {
      String message =
          assertThrows(IllegalArgumentException.class, () -> host.drivers("vendor=amd"))
              .getMessage();
      assertTrue(message.contains("(vendor=amd)"), message);
    }
  }

  private static List<String> ids(List<DeviceDriver> drivers) {
    return drivers.stream().map(driver -> driver.info().id()).toList();
  }

  private void jar(String name, Map<String, String> headers) throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().putValue("Bundle-ManifestVersion", "2");
    headers.forEach(manifest.getMainAttributes()::putValue);
    String path = FakeBackend.class.getName().replace('.', '/') + ".class";
    try (JarOutputStream jar =
            new JarOutputStream(
                Files.newOutputStream(dist.resolve("bundles").resolve(name)), manifest);
        InputStream code = FakeBackend.class.getClassLoader().getResourceAsStream(path)) {
      jar.putNextEntry(new JarEntry(path));
      code.transferTo(jar);
      jar.closeEntry();
    }
  }
}
