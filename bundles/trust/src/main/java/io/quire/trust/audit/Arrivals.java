package io.quire.trust.audit;

import io.quire.api.device.Device;
import io.quire.api.device.DeviceInfo;
import io.quire.api.engine.ServedModel;
import io.quire.api.kernel.KernelHeader;
import io.quire.api.kernel.KernelSource;
import io.quire.trust.Trust;
import io.quire.trust.Verdict;
import io.quire.trust.verify.Digests;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;

/** What an audit line says of a thing. */
final class Arrivals {
  private static final String REFERENCE = "reference:";

  private final Trust trust;

  Arrivals(Trust trust) {
    this.trust = trust;
  }

  Map<String, String> of(Bundle bundle) {
    Map<String, String> fields = new HashMap<>();
    fields.put("name", String.valueOf(bundle.getSymbolicName()));
    fields.put("version", bundle.getVersion().toString());
    fields.put("origin", bundle.getLocation());
    return fields;
  }

  /** The hash and the signer of a bundle that came from a file; this may read the file. */
  Map<String, String> evidence(String location) {
    Optional<Path> file = file(location);
    Optional<Verdict.Accepted> known = file.flatMap(path -> trust.known(path.toString()));
    return known.map(Arrivals::fields).orElseGet(() -> hash(file));
  }

  private static Map<String, String> hash(Optional<Path> file) {
    try {
      return file.isPresent() && Files.isRegularFile(file.get())
          ? Map.of("sha256", Digests.sha256(file.get()))
          : Map.of();
    } catch (IOException gone) {
      return Map.of();
    }
  }

  private static Optional<Path> file(String location) {
    String uri = location.startsWith(REFERENCE) ? location.substring(REFERENCE.length()) : location;
    try {
      return uri.startsWith("file:") ? Optional.of(Path.of(URI.create(uri))) : Optional.empty();
    } catch (IllegalArgumentException notOfThisMachine) {
      return Optional.empty();
    }
  }

  /**
   * What is said of a service, with its kind; nothing of services of other types. Devices are told
   * by their properties: to ask for one may open it.
   */
  Optional<Map.Entry<String, Map<String, String>>> of(
      ServiceReference<?> reference, BundleContext context) {
    if (Arrays.asList((String[]) reference.getProperty(Constants.OBJECTCLASS))
        .contains(Device.class.getName())) {
      return Optional.of(Map.entry("device", device(reference)));
    }
    Object service = context.getService(reference);
    try {
      return switch (service) {
        case KernelSource kernel -> Optional.of(Map.entry("kernel", of(kernel)));
        case ServedModel model -> Optional.of(Map.entry("model", of(model)));
        case null, default -> Optional.empty();
      };
    } finally {
      context.ungetService(reference);
    }
  }

  private static Map<String, String> device(ServiceReference<?> reference) {
    Map<String, String> fields = new HashMap<>();
    fields.put("name", property(reference, DeviceInfo.DEVICE));
    fields.put("origin", property(reference, DeviceInfo.DRIVER));
    fields.put("vendor", property(reference, DeviceInfo.VENDOR));
    fields.put("arch", property(reference, DeviceInfo.ARCH));
    return fields;
  }

  private static String property(ServiceReference<?> reference, String key) {
    Object value = reference.getProperty(key);
    return value == null ? "" : value.toString();
  }

  private Map<String, String> of(KernelSource kernel) {
    KernelHeader header = kernel.header();
    Map<String, String> fields = new HashMap<>();
    fields.put("sha256", Digests.sha256(kernel.text().getBytes(StandardCharsets.UTF_8)));
    trust
        .known(kernel.origin())
        .flatMap(Verdict.Accepted::signer)
        .ifPresent(signer -> fields.put("signer", signer));
    fields.put("name", header.name());
    fields.put("op", header.op());
    fields.put("version", header.dialect().toString());
    fields.put("origin", kernel.origin());
    return fields;
  }

  private Map<String, String> of(ServedModel model) {
    Map<String, String> fields = new HashMap<>();
    trust.known(model.location()).map(Arrivals::fields).ifPresent(fields::putAll);
    fields.put("name", model.name());
    fields.put("origin", model.location());
    return fields;
  }

  private static Map<String, String> fields(Verdict.Accepted verdict) {
    Map<String, String> fields = new HashMap<>();
    verdict.sha256().ifPresent(hash -> fields.put("sha256", hash));
    verdict.signer().ifPresent(signer -> fields.put("signer", signer));
    return fields;
  }
}
