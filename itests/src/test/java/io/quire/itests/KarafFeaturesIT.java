package io.quire.itests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

/** What Karaf is given: the features are the distribution, and the archive has all of it. */
class KarafFeaturesIT {
  private static final Path KARAF = Distribution.home().resolve("../karaf");
  private static final String OURS = "io.quire.";

  private final List<Line> lines = new ArrayList<>();
  private List<Element> features = List.of();

  /** A bundle of a feature, as Maven names it. */
  private record Line(String group, String artifact, String version, int level) {
    static Line of(Element bundle) {
      String[] parts = bundle.getTextContent().strip().replaceFirst("^mvn:", "").split("/");
      assertEquals(3, parts.length, bundle.getTextContent());
      int level = Integer.parseInt(bundle.getAttribute("start-level"));
      return new Line(parts[0], parts[1], parts[2], level);
    }

    String file() {
      return artifact + "-" + version + ".jar";
    }

    String path() {
      return String.join("/", "repository", group.replace('.', '/'), artifact, version, file());
    }
  }

  @BeforeEach
  void read() throws Exception {
    Element root = parse(Files.newInputStream(KARAF.resolve("features.xml")));
    assertEquals("http://karaf.apache.org/xmlns/features/v1.6.0", root.getNamespaceURI());
    features = children(root, "feature");
    for (Element feature : features) {
      children(feature, "bundle").forEach(bundle -> lines.add(Line.of(bundle)));
    }
  }

  @Test
  void shouldHaveEveryBundleOfTheDistributionInOneFeature() {
    List<String> expected =
        Distribution.bundles().stream().map(path -> path.getFileName().toString()).toList();
    assertEquals(expected, lines.stream().map(Line::file).sorted().toList());
  }

  @Test
  void shouldNameTheFeaturesAndWhatTheyNeed() {
    Set<String> names = new TreeSet<>();
    for (Element feature : features) {
      for (Element needed : children(feature, "feature")) {
        assertTrue(names.contains(needed.getTextContent()), needed::getTextContent);
      }
      assertTrue(names.add(feature.getAttribute("name")));
    }
    assertEquals(
        Set.of(
            "quire-core",
            "quire-cpu",
            "quire-gpu",
            "quire-amd",
            "quire-nvidia",
            "quire-http",
            "quire-shell"),
        names);
  }

  @Test
  void shouldStartAndStopInTheLaunchersOrder() {
    int core = level(name -> name.equals(OURS + "core")).max().orElseThrow();
    int worker = level(name -> name.equals(OURS + "worker")).max().orElseThrow();
    IntStream rooms =
        level(name -> name.startsWith(OURS) && !name.matches(".*\\.(core|worker|terminal)"));
    assertTrue(rooms.allMatch(level -> worker < level && level < core));
    assertTrue(level(name -> !name.startsWith(OURS)).allMatch(level -> level < worker));
    assertTrue(level(name -> name.equals(OURS + "terminal")).allMatch(level -> core < level));
  }

  @Test
  void shouldHaveAllOfItInTheArchive() throws Exception {
    try (JarFile kar = new JarFile(KARAF.resolve("quire.kar").toFile())) {
      for (Line line : lines) {
        JarEntry entry = kar.getJarEntry(line.path());
        assertNotNull(entry, line::path);
        assertEquals(
            Files.size(Distribution.home().resolve("bundles").resolve(line.file())),
            entry.getSize());
      }
      assertEquals(lines.size(), kar.stream().filter(e -> e.getName().endsWith(".jar")).count());
      JarEntry file =
          kar.stream().filter(e -> e.getName().endsWith("-features.xml")).findFirst().orElseThrow();
      assertArrayEquals(
          Files.readAllBytes(KARAF.resolve("features.xml")),
          kar.getInputStream(file).readAllBytes());
    }
  }

  /** So that any implementation of the specification takes the servlets. */
  @Test
  void shouldRegisterServletsByTheSpecificationsPropertiesAlone() throws Exception {
    for (String component : List.of("http.OpenAiServlet", "metrics.MetricsServlet")) {
      Path bundle = Distribution.file(OURS + component.substring(0, component.indexOf('.')));
      try (JarFile jar = new JarFile(bundle.toFile())) {
        JarEntry entry = jar.getJarEntry("OSGI-INF/" + OURS + component + ".xml");
        List<String> names =
            children(parse(jar.getInputStream(entry)), "property").stream()
                .map(property -> property.getAttribute("name"))
                .toList();
        assertTrue(names.contains("osgi.http.whiteboard.servlet.pattern"), names::toString);
        assertFalse(
            names.stream().anyMatch(name -> name.matches(".*(felix|jetty|pax|ops4j).*")),
            names::toString);
      }
    }
  }

  private static Element parse(InputStream text) throws Exception {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    factory.setNamespaceAware(true);
    try (text) {
      return factory.newDocumentBuilder().parse(text).getDocumentElement();
    }
  }

  private IntStream level(Predicate<String> artifact) {
    return lines.stream().filter(line -> artifact.test(line.artifact())).mapToInt(Line::level);
  }

  private static List<Element> children(Element parent, String name) {
    NodeList nodes = parent.getChildNodes();
    return IntStream.range(0, nodes.getLength())
        .<Node>mapToObj(nodes::item)
        .filter(node -> name.equals(node.getLocalName()))
        .map(Element.class::cast)
        .toList();
  }
}
