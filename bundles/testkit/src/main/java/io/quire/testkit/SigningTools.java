package io.quire.testkit;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;

/** Keys and signatures made by the JDK's own tools, as a person makes them. */
public final class SigningTools {
  private static final String PASSWORD = "changeit";

  private final Path folder;
  private final Path store;

  /**
   * Works in a folder.
   *
   * @param folder keys, certificates and bundles lie there
   */
  public SigningTools(Path folder) {
    this.folder = folder;
    store = folder.resolve("keys.p12");
  }

  /** Makes a self-signed key pair. */
  public void key(String name, String... more) throws Exception {
    List<String> arguments =
        new ArrayList<>(
            List.of("-genkeypair", "-alias", name, "-dname", "CN=" + name, "-keyalg", "EC"));
    arguments.addAll(Arrays.asList(more));
    keytool(arguments);
  }

  /** Gives the key a certificate of an authority, whose key is made with {@code -ext bc:c}. */
  public void certify(String name, String authority, String... more) throws Exception {
    Path request = folder.resolve(name + ".csr");
    Path reply = folder.resolve(name + ".crt");
    keytool(List.of("-certreq", "-alias", name, "-file", request.toString()));
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "-gencert",
                "-alias",
                authority,
                "-infile",
                request.toString(),
                "-outfile",
                reply.toString(),
                "-rfc"));
    arguments.addAll(Arrays.asList(more));
    keytool(arguments);
    keytool(List.of("-importcert", "-noprompt", "-alias", name, "-file", reply.toString()));
  }

  /** Writes certificates to a PEM file. */
  public Path pem(String... names) throws Exception {
    StringBuilder text = new StringBuilder();
    for (String name : names) {
      Path file = folder.resolve(name + ".pem");
      if (!Files.exists(file)) {
        keytool(List.of("-exportcert", "-rfc", "-alias", name, "-file", file.toString()));
      }
      text.append(Files.readString(file));
    }
    return Files.writeString(folder.resolve(String.join("-", names) + "-signers.pem"), text);
  }

  /** Writes a certificate to a trust store. */
  public Path store(String type, String name) throws Exception {
    Path pem = pem(name);
    Path file = folder.resolve(name + "." + type);
    run(
        "keytool",
        "-importcert",
        "-noprompt",
        "-alias",
        name,
        "-file",
        pem.toString(),
        "-keystore",
        file.toString(),
        "-storetype",
        type,
        "-storepass",
        PASSWORD);
    return file;
  }

  /** Makes a bundle. */
  public Path bundle(String name, Map<String, String> entries) throws IOException {
    Manifest manifest = new Manifest();
    Attributes main = manifest.getMainAttributes();
    main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    main.putValue("Bundle-ManifestVersion", "2");
    main.putValue("Bundle-SymbolicName", name);
    main.putValue("Bundle-Version", "1.0.0");
    Path jar = folder.resolve(name + ".jar");
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file, manifest)) {
      for (Map.Entry<String, String> entry : new TreeMap<>(entries).entrySet()) {
        out.putNextEntry(new ZipEntry(entry.getKey()));
        out.write(entry.getValue().getBytes(StandardCharsets.UTF_8));
      }
    }
    return jar;
  }

  /** Signs a jar in place. */
  public Path sign(Path jar, String name) throws Exception {
    run(
        "jarsigner",
        "-keystore",
        store.toString(),
        "-storepass",
        PASSWORD,
        "-sigfile",
        name,
        jar.toString(),
        name);
    return jar;
  }

  /** Adds or replaces an entry of a jar, as an attacker would. */
  public Path put(Path jar, String entry, String content) throws Exception {
    Path root = Files.createTempDirectory(folder, "entry");
    Path file = root.resolve(entry);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
    run("jar", "--update", "--file", jar.toString(), "-C", root.toString(), entry);
    return jar;
  }

  /** Writes the detached signature that {@code openssl dgst -sha256 -sign} writes. */
  public Path signFile(Path file, String name) throws GeneralSecurityException, IOException {
    KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
    PrivateKey key = (PrivateKey) keys.getKey(name, PASSWORD.toCharArray());
    Signature signature =
        Signature.getInstance(
            key.getAlgorithm().equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA");
    signature.initSign(key);
    signature.update(Files.readAllBytes(file));
    return Files.write(file.resolveSibling(file.getFileName() + ".sig"), signature.sign());
  }

  private void keytool(List<String> arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("keytool"));
    command.addAll(arguments);
    command.addAll(List.of("-keystore", store.toString(), "-storepass", PASSWORD));
    run(command.toArray(String[]::new));
  }

  private void run(String... words) throws Exception {
    List<String> command = new ArrayList<>(List.of(words));
    command.set(0, Path.of(System.getProperty("java.home"), "bin", words[0]).toString());
    command.addAll(1, List.of("-J-XX:TieredStopAtLevel=1", "-J-XX:+UseSerialGC"));
    Path output = Files.createTempFile(folder, "output", ".txt");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    if (process.waitFor() != 0) {
      throw new IllegalStateException(String.join(" ", command) + "\n" + Files.readString(output));
    }
  }
}
