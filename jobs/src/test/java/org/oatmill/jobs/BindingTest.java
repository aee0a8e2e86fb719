package org.oatmill.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.oatmill.core.Json;
import org.oatmill.core.UserException;

class BindingTest {

    private static ConfigObject parse(String hocon) {
        return ConfigFactory.parseString(hocon, ConfigParseOptions.defaults().setOriginDescription("text"))
                .resolve()
                .root();
    }

    private static <C extends Record> C bind(String hocon, C typical) {
        return new Binding(new Places()).bind(parse(hocon), typical, List.of("stages", "s"), List.of());
    }

    private static String refusal(String hocon, Record typical) {
        return assertThrows(UserException.class, () -> bind(hocon, typical)).getMessage();
    }

    static Stream<Job<?>> jobs() {
        return Stream.concat(FakeJobs.JOBS.values().stream(), Jobs.JOBS.values().stream());
    }

    static Stream<Record> configurations() {
        List<Record> all = new ArrayList<>();
        jobs().forEach(job -> {
            all.add(job.typical());
            Reference.tables(job.typical().getClass())
                    .forEach(table -> table.rows().values().forEach(method -> all.add((Record) method)));
        });
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void whatIsWrittenOfATypicalInstanceBindsToIt(Record typical) {
        Map<String, Object> fields = new LinkedHashMap<>(Hocon.fields(typical));
        if (!isComponent(typical, "name")) {
            fields.remove("name"); // of a method: its table reads it, not the record
        }
        assertEquals(typical, bind(Hocon.block(fields, ""), typical));
        assertEquals(typical, bind(Hocon.inline(typical).equals("{}") ? "" : strip(fields), typical));
    }

    private static String strip(Map<String, Object> fields) {
        String line = Hocon.inline(new LinkedHashMap<>(fields));
        return line.substring(1, line.length() - 1);
    }

    private static boolean isComponent(Record typical, String name) {
        return Stream.of(typical.getClass().getRecordComponents())
                .anyMatch(c -> c.getName().equals(name));
    }

    @ParameterizedTest
    @MethodSource("jobs")
    void noComponentOfAJobHasAKeyThatStagesReserve(Job<?> job) {
        for (var component : job.typical().getClass().getRecordComponents()) {
            assertTrue(!RunFile.STAGE_KEYS.contains(Json.key(component)), component.toString());
        }
    }

    @Test
    void defaultsAreTheTypicalInstances() {
        FakeJobs.SampleConfig typical = new FakeJobs.Sample().typical();
        FakeJobs.SampleConfig bound = bind("size = 7", typical);
        assertEquals(new FakeJobs.SampleConfig(7, typical.method(), typical.floor()), bound);
    }

    @Test
    void aMethodIsNamedInABlockOrByItself() {
        FakeJobs.SampleConfig typical = new FakeJobs.Sample().typical();
        FakeJobs.Draw uniform = new FakeJobs.Uniform(1f);
        assertEquals(uniform, bind("size = 7, method = uniform", typical).method());
        assertEquals(
                uniform, bind("size = 7, method { name = uniform }", typical).method());
        assertEquals(
                new FakeJobs.Uniform(0.5f),
                bind("size = 7, method { name = uniform, rate = 0.5 }", typical).method());
    }

    @Test
    void theDefaultMethodKeepsTheJobsValuesAndOthersTheTables() {
        FakeJobs.SampleConfig typical = new FakeJobs.Sample().typical();
        FakeJobs.Draw changed = new FakeJobs.Density(512, 16, FakeJobs.Side.LEFT);
        assertEquals(changed, bind("size = 7, method { bits = 16 }", typical).method());
        assertEquals(
                changed,
                bind("size = 7, method { name = density, bits = 16 }", typical).method());
        FakeJobs.ScoreConfig score = bind("method { name = density }", new FakeJobs.Score().typical());
        assertEquals(new FakeJobs.Density(256, 8, FakeJobs.Side.BOTH_ENDS), score.method());
    }

    @Test
    void aNumberStandsForAListOfOneNumber() {
        record Numbers(List<Integer> whole, List<Double> real, List<String> words) {}
        Numbers typical = new Numbers(List.of(1, 2), List.of(0.5), List.of("a"));
        assertEquals(new Numbers(List.of(7), List.of(2.0), List.of("a")), bind("whole = 7, real = 2", typical));
        assertTrue(refusal("whole = 7.5", typical).contains("expected a whole number"));
        assertTrue(refusal("whole = seven", typical).contains("expected a whole number or a list"));
        assertTrue(refusal("words = b", typical).contains("expected a list"));
    }

    @Test
    void enumConstantsAreLowerCaseWithHyphens() {
        FakeJobs.ScoreConfig typical = new FakeJobs.Score().typical();
        FakeJobs.ScoreConfig bound = bind("method { name = density, side = both-ends }", typical);
        assertEquals(FakeJobs.Side.BOTH_ENDS, ((FakeJobs.Density) bound.method()).side());
        assertEquals(
                "Cannot read text:1: stages.s.method.side = \"both-end\", expected one of left, both-ends, did you mean 'both-ends'?",
                refusal("method { name = density, side = both-end }", typical).replace("text: 1", "text:1"));
    }

    @Test
    void nullIsForNullableComponentsOnly() {
        FakeJobs.ReadConfig typical = new FakeJobs.ReadConfig(1, "a", 1, false, List.of(), 5);
        assertNull(bind("rows = 1, limit = null", typical).limit());
        assertEquals(5, bind("rows = 1", typical).limit());
        assertTrue(refusal("rows = null", typical).contains("stages.s.rows = null, expected a whole number"));
    }

    @Test
    void nothingIsConverted() {
        FakeJobs.ReadConfig typical = new FakeJobs.Read().typical();
        String[] wrong = {
            "rows = 1.9 → rows = 1.9, expected a whole number, written without point or exponent",
            "rows = \"128\" → rows = \"128\", expected a whole number; remove the quotes",
            "rows = many → rows = \"many\", expected a whole number",
            "rows = true → rows = true, expected a whole number",
            "rows = [1] → rows = [ … ], expected a whole number",
            "rows = { a = 1 } → rows = { … }, expected a whole number",
            "rows = 3000000000 → rows = 3000000000, expected a whole number from -2147483648 to 2147483647",
            "rows = 1, bytes = 99999999999999999999 → bytes = \"99999999999999999999\", expected a whole number that a long can hold",
            "rows = 1, text = 5 → text = 5, expected text; put it in quotes",
            "rows = 1, text = [a] → text = [ … ], expected text",
            "rows = 1, fails = yes → fails = \"yes\", expected true or false",
            "rows = 1, splits = pool → splits = \"pool\", expected a list [ … ], each text",
            "rows = 1, splits = [pool, 5] → splits[1] = 5, expected text; put it in quotes",
        };
        for (String line : wrong) {
            String[] parts = line.split(" → ");
            assertTrue(refusal(parts[0], typical).endsWith(": stages.s." + parts[1]), refusal(parts[0], typical));
        }
        FakeJobs.SampleConfig sample = new FakeJobs.Sample().typical();
        String tooLarge = refusal("size = 1, method { name = uniform, rate = 1e39 }", sample);
        assertTrue(tooLarge.endsWith("rate = 1.0E39, expected a number that a float can hold"), tooLarge);
        assertEquals(2.0, bind("size = 1, floor = 2", sample).floor());
    }

    @Test
    void mapsBindEveryValue() {
        FakeJobs.PlantConfig typical = new FakeJobs.Plant().typical();
        assertEquals(
                Map.of("a b", 0.5, "c", 1.0),
                bind("shares { \"a b\" = 0.5, c = 1 }", typical).shares());
        assertTrue(refusal("shares { \"a b\" = half }", typical)
                .endsWith("stages.s.shares.\"a b\" = \"half\", expected a number"));
    }

    @Test
    void aCompactConstructorsMessageComesWithThePlaceOfWhatItSpeaksOf() {
        String message = refusal(
                "size = 1\nmethod {\n  name = density\n  bits = 4\n  repetitions = 9999\n}",
                new FakeJobs.Sample().typical());
        assertTrue(message.endsWith("text: 5: stages.s.method.repetitions = 9999, expected 1 to 4096"), message);
    }

    @Test
    void aDefaultBlockWithAPartThatHasNoDefaultMustBeGiven() {
        record Inner(@org.oatmill.core.Required int must, int may) {}
        record Outer(Inner inner) {}
        Outer typical = new Outer(new Inner(3, 4));
        assertTrue(refusal("", typical)
                .endsWith("stages.s.inner.must is missing, expected a whole number; for example must = 3"));
        assertEquals(new Outer(new Inner(9, 4)), bind("inner { must = 9 }", typical));
    }
}
