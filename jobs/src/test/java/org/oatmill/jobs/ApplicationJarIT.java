package org.oatmill.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is in the application jar, and what is left to Spark. */
class ApplicationJarIT {

    private static final Path TARGET = Path.of("target");
    private static final Path APPLICATION = TARGET.resolve("oatmill.jar");
    /** Both sides need Guava, at different versions; the application's goes by another name. */
    private static final String GUAVA = "com/google/common/";

    private static final String SHADED = "org/oatmill/shaded/";
    private static final Path SPARK = TARGET.resolve("spark/jars");

    @Test
    void noClassComesBothWithSparkAndWithTheApplication() throws IOException {
        TreeSet<String> both = new TreeSet<>(classes(APPLICATION));
        both.retainAll(sparks().keySet());

        assertEquals(new TreeSet<>(), both);
    }

    /** Nothing that the application needs at run time was lost on the way into its jar. */
    @Test
    void everyClassOfTheApplicationsClassPathIsInItsJar() throws IOException {
        TreeSet<String> missing = new TreeSet<>();
        for (String element :
                Files.readString(TARGET.resolve("application.classpath")).trim().split(":")) {
            if (element.endsWith(".jar")) {
                classes(Path.of(element)).forEach(type -> missing.add(type.replaceFirst("^" + GUAVA, SHADED + GUAVA)));
            }
        }
        assertTrue(missing.contains("ai/djl/Model.class"), "the class path was read");
        missing.removeAll(classes(APPLICATION));

        assertEquals(new TreeSet<>(), missing);
    }

    /** Neither is a library missing on both sides, because each took the other to bring it. */
    @Test
    void oatmillsClassesFindAllThatTheyReferTo() throws IOException {
        StringWriter missing = new StringWriter();
        ToolProvider.findFirst("jdeps")
                .orElseThrow()
                .run(
                        new PrintWriter(missing),
                        new PrintWriter(System.err),
                        "--multi-release",
                        "base",
                        "--missing-deps",
                        "-include",
                        "org\\.oatmill\\.(?!shaded\\.).*",
                        "-cp",
                        sparkJars().map(Path::toString).collect(Collectors.joining(":")),
                        APPLICATION.toString());

        assertEquals("", missing.toString());
    }

    /** What the application uses and leaves out, because Spark brings it: each exactly once. */
    @Test
    void sparkBringsWhatTheApplicationLeavesOut() throws IOException {
        Map<String, List<String>> sparks = sparks();

        for (String type : List.of(
                "com/fasterxml/jackson/databind/ObjectMapper.class",
                "com/google/common/collect/ImmutableList.class",
                "com/google/gson/Gson.class",
                "org/apache/commons/compress/archivers/zip/ZipFile.class",
                "org/apache/hadoop/fs/FileSystem.class",
                "org/apache/spark/deploy/SparkSubmit.class",
                "org/apache/spark/deploy/yarn/Client.class",
                "org/apache/spark/ml/Pipeline.class",
                "org/apache/spark/repl/Main.class",
                "org/slf4j/Logger.class",
                "scala/Option.class")) {
            assertEquals(1, sparks.getOrDefault(type, List.of()).size(), () -> type + " in " + sparks.get(type));
        }
    }

    @Test
    void bothOfDjlsEnginesAreRegistered() throws IOException {
        String engines = text("META-INF/services/ai.djl.engine.EngineProvider");

        assertTrue(engines.contains("ai.djl.pytorch.engine.PtEngineProvider"), engines);
        assertTrue(engines.contains("ai.djl.engine.rust.RsEngineProvider"), engines);
    }

    @Test
    void jarStartsOatmillAndCarriesLicencesAndNoSignatures() throws IOException {
        try (JarFile jar = new JarFile(APPLICATION.toFile())) {
            assertEquals(
                    Main.class.getName(), jar.getManifest().getMainAttributes().getValue("Main-Class"));
            List<String> signatures = jar.stream()
                    .map(JarEntry::getName)
                    .filter(name -> name.matches("META-INF/[^/]*\\.(SF|DSA|RSA)"))
                    .collect(Collectors.toList());
            assertEquals(List.of(), signatures);
        }
        assertEquals(Files.readString(Path.of("../LICENSE")), text("META-INF/LICENSE"));
        assertEquals(Files.readString(Path.of("../NOTICE")), text("META-INF/NOTICE"));
        // Every licence text that NOTICE points to is there.
        for (String word : text("META-INF/NOTICE").split("[\\s()]+")) {
            if (word.startsWith("META-INF/")) {
                assertFalse(text(word).isBlank(), word);
            }
        }
    }

    /** Classes of Spark's jars, each with the jars that hold it. */
    private static Map<String, List<String>> sparks() throws IOException {
        Map<String, List<String>> where = new HashMap<>();
        for (Path jar : (Iterable<Path>) sparkJars()::iterator) {
            for (String type : classes(jar)) {
                where.computeIfAbsent(type, t -> new ArrayList<>())
                        .add(jar.getFileName().toString());
            }
        }
        return where;
    }

    private static Stream<Path> sparkJars() throws IOException {
        try (Stream<Path> jars = Files.list(SPARK)) {
            return jars.sorted().collect(Collectors.toList()).stream();
        }
    }

    private static List<String> classes(Path jar) throws IOException {
        try (JarFile file = new JarFile(jar.toFile())) {
            return file.stream()
                    .map(JarEntry::getName)
                    .filter(name -> name.endsWith(".class") && !name.endsWith("module-info.class"))
                    .collect(Collectors.toList());
        }
    }

    private static String text(String entry) throws IOException {
        try (JarFile jar = new JarFile(APPLICATION.toFile())) {
            JarEntry found = jar.getJarEntry(entry);
            assertTrue(found != null, () -> entry + " is missing from " + APPLICATION);
            return new String(jar.getInputStream(found).readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
