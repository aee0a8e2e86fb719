package org.oatmill;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.oatmill.core.BuildInfo;
import org.oatmill.jobs.Main;

/**
 * Who may import whom, for the classes of both modules.
 *
 * <p>Plain JUnit tests over ArchUnit's core, not its own test engine, which some versions of surefire skip in silence.
 */
class RoomsTest {

    /** Rooms need not be built yet; a rule about an empty one holds. */
    private static final boolean EMPTY_IS_FINE = true;

    /** May be used in every room. */
    private static final List<String> EVERYWHERE = List.of("java..", "org.jspecify..");

    private static final String JACKSON = "com.fasterxml.jackson..";
    private static final String DJL = "ai.djl..";
    private static final String[] SPARK = {
        "org.apache.spark..", "org.apache.hadoop..", "org.apache.parquet..", "scala..", "org.slf4j.."
    };

    /** Each room and what it may import besides itself and {@link #EVERYWHERE}: the table of the design. */
    private static final List<Room> ROOMS = List.of(
            room("core").imports(JACKSON),
            room("model").rooms("core"),
            // Checkpoints describe themselves in JSON of no fixed shape.
            room("djl").rooms("core", "model").imports(DJL, JACKSON, "com.hubspot.jinjava.."),
            room("sampling").rooms("core"),
            room("llm").rooms("core", "model"),
            room("rephrase").rooms("core", "llm", "model"),
            room("zo").rooms("core", "model"),
            room("influence").rooms("core", "model"),
            room("report").rooms("core"),
            // Artifacts carry JSON trees of core, so whoever reads or writes one may hold Jackson's node.
            inSpark("artifact"),
            inSpark("rows"),
            // Archives of model files, with what Spark brings; the memory that a container leaves a process.
            inSpark("model").imports("org.apache.commons.compress..", "com.sun.management.."),
            inSpark("embed").rooms("spark.model"),
            inSpark("sampling"),
            inSpark("llm"),
            inSpark("zo").rooms("spark.model"),
            inSpark("influence").rooms("spark.model"),
            inSpark("ml").rooms("spark.model"),
            room("jobs")
                    .rooms("core", "model", "djl", "sampling", "llm", "rephrase", "zo", "influence", "report", "spark")
                    .imports(SPARK)
                    .imports(
                            JACKSON, "com.typesafe.config..", "picocli..", "net.sf.extjwnl..", "org.yaml.snakeyaml.."));

    private static final JavaClasses OATMILL = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(location -> !location.contains("-tests.jar"))
            .importPackages("org.oatmill");

    @TestFactory
    Stream<DynamicTest> eachRoomImportsOnlyWhatTheTableAllows() {
        return ROOMS.stream()
                .map(room -> dynamicTest(room.name, () -> room.rule().check(OATMILL)));
    }

    @Test
    void everyClassIsInARoom() {
        String[] packages = ROOMS.stream().map(Room::packages).toArray(String[]::new);

        classes().should().resideInAnyPackage(packages).check(OATMILL);
    }

    /** Without this, a change of class path could leave the rules with nothing to look at, and green. */
    @Test
    void rulesSeeBothModulesAndCanFail() {
        assertTrue(OATMILL.contain(BuildInfo.class), "the classes of lib");
        assertTrue(OATMILL.contain(Main.class), "the classes of jobs");

        ArchRule wrong = room("jobs").rule();
        AssertionError error = assertThrows(AssertionError.class, () -> wrong.check(OATMILL));
        assertTrue(error.getMessage().contains("Class <org.oatmill.jobs."), error.getMessage());
    }

    @Test
    void networkIsTheBusinessOfLlmAlone() {
        noClasses()
                .that()
                .resideOutsideOfPackage("org.oatmill.llm..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.net.http..")
                .allowEmptyShould(EMPTY_IS_FINE)
                .check(OATMILL);
    }

    @Test
    void onlyMainEndsTheJvm() {
        DescribedPredicate<JavaClass> jvm = DescribedPredicate.describe(
                "System or Runtime", type -> type.isEquivalentTo(System.class) || type.isEquivalentTo(Runtime.class));
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName(Main.class.getName())
                .should()
                .callMethodWhere(target(owner(jvm)).and(target(name("exit").or(name("halt")))))
                .check(OATMILL);
    }

    @Test
    void namesSayWhatAThingIs() {
        noClasses()
                .should()
                .haveNameMatching(".*\\.(Base[A-Z]\\w*|\\w*(Impl|Manager))")
                .check(OATMILL);
        noClasses()
                .should()
                .resideInAnyPackage("..util..", "..utils..", "..common..", "..impl..")
                .check(OATMILL);
    }

    private static Room room(String name) {
        return new Room(name, List.of());
    }

    /** A room of {@code spark}: every plain room, Spark, and of its neighbours only those that all of them share. */
    private static Room inSpark(String name) {
        return room("spark." + name)
                .rooms("core", "model", "djl", "sampling", "llm", "rephrase", "zo", "influence", "report")
                .rooms("spark.artifact", "spark.rows")
                .imports(SPARK)
                .imports(JACKSON);
    }

    private record Room(String name, List<String> allowed) {

        Room rooms(String... names) {
            return imports(Stream.of(names).map(n -> "org.oatmill." + n + "..").toArray(String[]::new));
        }

        Room imports(String... packages) {
            List<String> all = new ArrayList<>(allowed);
            all.addAll(List.of(packages));
            return new Room(name, List.copyOf(all));
        }

        String packages() {
            return "org.oatmill." + name + "..";
        }

        ArchRule rule() {
            return classes()
                    .that()
                    .resideInAPackage(packages())
                    .should()
                    .onlyDependOnClassesThat()
                    .resideInAnyPackage(Stream.of(List.of(packages()), EVERYWHERE, allowed)
                            .flatMap(List::stream)
                            .toArray(String[]::new))
                    .allowEmptyShould(EMPTY_IS_FINE);
        }
    }
}
