package org.oatmill.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOriginFactory;
import com.typesafe.config.ConfigValue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PlacesTest {
    private static final String TEXT =
            """
            # a { comment
            "quoted key" = 1, plain : "a } string", // another {
            list = [ { in = list }, "]", 3 # ]
              { more { deep = 1 } } ]
            block {
              inner = \"""three
                { lines \""" , a.b.c { d = 5 }
              sum += 4
              joined = ${block} { x = 1 } ${?plain}, after = yes
            }
            stages { one { job = a }
              two: { job = b, }, three = { job = c } }
            stages.four.job = d
            """;

    private static Places of(String text) {
        Places places = new Places();
        places.read("f", text);
        return places;
    }

    private static String place(Places places, String... path) {
        return places.of(ConfigOriginFactory.newSimple("elsewhere"), List.of(path));
    }

    @Test
    void everyKeyHasTheLineThatTheParserGivesIt() {
        String text = TEXT.replace("\"\"\"three\n", "\"three").replace("\"\"\"", "\"");
        Config parsed = ConfigFactory.parseString(text);
        Places places = of(text);
        List<String> wrong = new ArrayList<>();
        compare(parsed.root(), List.of(), places, wrong);
        assertEquals(List.of(), wrong);
    }

    private static void compare(ConfigObject object, List<String> path, Places places, List<String> wrong) {
        if (path.contains("joined")) {
            return; // not resolved here
        }
        object.keySet().forEach(key -> {
            ConfigValue value = object.get(key);
            List<String> below = Binding.below(path, key);
            String expected = "f:" + value.origin().lineNumber();
            String found = place(places, below.toArray(String[]::new));
            // What a dotted key makes in passing has no place of its own.
            if (!found.equals("elsewhere") && !found.equals(expected)) {
                wrong.add(below + " " + found + " " + expected);
            }
            if (value instanceof ConfigObject block) {
                compare(block, below, places, wrong);
            }
        });
    }

    @Test
    void aStringOfSeveralLinesMovesNoLine() {
        assertEquals("f:11", place(of(TEXT), "stages", "one"));
        assertEquals("f:12", place(of(TEXT), "stages", "three", "job"));
    }

    @Test
    void stagesComeInTheOrderInWhichTheyAreWritten() {
        assertEquals(Set.of("one", "two", "three", "four"), of(TEXT).below("stages"));
        assertEquals(List.of("one", "two", "three", "four"), List.copyOf(of(TEXT).below("stages")));
    }

    @Test
    void aBlockThatIsOpenedTwiceIsFoundAndAKeyThatIsChangedIsNot() {
        assertEquals(
                List.of("f:1", "f:2"), of("a { x = 1 }\na { y = 2 }\na.z = 3").blocks(List.of("a")));
        assertEquals(List.of(), of("a { x = 1 }\na.x = 2").blocks(List.of("a")));
    }

    @Test
    void theBraceThatIsNeverClosedIsFound() {
        assertEquals(Optional.of("f:2"), of("a { }\nb {\n  c { d = 1 }\n").unclosed("f"));
        assertEquals(Optional.of("f:1"), of("a = [ 1,\n 2\n").unclosed("f"));
        assertEquals(Optional.empty(), of(TEXT).unclosed("f"));
    }

    @Test
    void anythingIsReadToItsEnd() {
        // Each beginning of the text, and the text without each one of its characters.
        assertTimeoutPreemptively(Duration.ofSeconds(30), () -> {
            for (int i = 0; i <= TEXT.length(); i++) {
                of(TEXT.substring(0, i));
                of(TEXT.substring(0, i) + TEXT.substring(Math.min(TEXT.length(), i + 1)));
            }
        });
    }

    @Test
    void whatIsIncludedHasThePlaceOfItsLine() {
        assertEquals(Optional.of("f:2"), of("a = 1\ninclude \"base.conf\"\n").include("base.conf"));
        assertEquals(
                Optional.of("f:1"), of("include required(file(\"x.conf\"))\n").include("x.conf"));
        assertTrue(of("includes = \"base.conf\"").include("base.conf").isEmpty());
    }
}
