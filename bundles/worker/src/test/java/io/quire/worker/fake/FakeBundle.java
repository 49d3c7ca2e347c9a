package io.quire.worker.fake;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.osgi.framework.Constants;

/** Makes a bundle of the backend. */
public final class FakeBundle {
  /** The bundle's symbolic name, and the PID of its configuration. */
  public static final String NAME = "test.backend.fake";

  private static final String COMPONENT =
      """
      <scr:component xmlns:scr="http://www.osgi.org/xmlns/scr/v1.3.0" name="test.backend.fake"
          immediate="true" activate="activate" deactivate="deactivate">
        <implementation class="io.quire.worker.fake.FakeBackend"/>
        <reference name="registry" interface="io.quire.api.kernel.KernelRegistry" bind="setRegistry"/>
      </scr:component>
      """;

  private static final Map<String, String> HEADERS =
      new TreeMap<>(
          Map.of(
              Constants.BUNDLE_MANIFESTVERSION,
              "2",
              Constants.BUNDLE_SYMBOLICNAME,
              NAME,
              Constants.IMPORT_PACKAGE,
              "io.quire.api.device,io.quire.api.kernel,io.quire.api.model,org.osgi.framework",
              "Service-Component",
              "OSGI-INF/fake.xml",
              Constants.PROVIDE_CAPABILITY,
              "osgi.service;objectClass:List<String>=\"io.quire.api.device.Device\""));

  private FakeBundle() {}

  /** Writes the bundle and returns its file. */
  public static Path write(Path folder) throws IOException {
    return write(folder, "/");
  }

  /** Writes a bundle that wants files to exist where there are devices. */
  public static Path write(Path folder, String deviceFiles) throws IOException {
    Path file = folder.resolve("fake.jar");
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    HEADERS.forEach(manifest.getMainAttributes()::putValue);
    manifest.getMainAttributes().putValue("Quire-Device-Files", deviceFiles);
    try (OutputStream out = Files.newOutputStream(file);
        JarOutputStream jar = new JarOutputStream(out, manifest)) {
      jar.putNextEntry(new JarEntry("OSGI-INF/fake.xml"));
      jar.write(COMPONENT.getBytes(StandardCharsets.UTF_8));
      jar.closeEntry();
      for (String name :
          List.of("FakeBackend", "FakeDevice", "FakePlan", "FakePlan$Step", "Halt")) {
        String path = "io/quire/worker/fake/" + name + ".class";
        jar.putNextEntry(new JarEntry(path));
        try (InputStream code = FakeBundle.class.getClassLoader().getResourceAsStream(path)) {
          code.transferTo(jar);
        }
        jar.closeEntry();
      }
    }
    return file;
  }
}
