package org.oatmill.jobs.sources;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;
import org.oatmill.core.Digest;
import org.oatmill.core.UserException;

/**
 * Where synonyms come from: {@code wordnet}, which ships with the application, or a text file on any
 * file system Hadoop knows, a line for each word: the word, a tab, and its synonyms with tabs between.
 */
public record Thesaurus(String place) {
    /** The lemmas of WordNet 3.1. */
    public static final String WORDNET = "wordnet";

    /** Of each word the others that mean nearly the same. */
    public Map<String, List<String>> synonyms(SparkSession spark) {
        if (place.equals(WORDNET)) {
            return WordNet.synonyms();
        }
        Map<String, List<String>> synonyms = new HashMap<>();
        String text = new String(bytes(spark), StandardCharsets.UTF_8);
        try (BufferedReader lines = new BufferedReader(new StringReader(text))) {
            int number = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                number++;
                List<String> words = List.of(line.split("\t"));
                if (line.isBlank()) {
                    continue;
                }
                if (words.size() < 2 || synonyms.put(words.get(0), words.subList(1, words.size())) != null) {
                    throw new UserException("Cannot read synonyms: " + place + ":" + number + " = " + line
                            + ", expected a word that has no line yet, a tab and its synonyms");
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException("Cannot read a text in memory", e);
        }
        return synonyms;
    }

    /** What {@link #synonyms} reads, by name, with a digest of its content. */
    public Map<String, String> fingerprints(SparkSession spark) {
        return place.equals(WORDNET)
                ? WordNet.typical().fingerprints(spark)
                : Map.of("synonyms", "sha256:" + Digest.of(bytes(spark)));
    }

    private byte[] bytes(SparkSession spark) {
        Path path = new Path(place);
        try (InputStream in =
                path.getFileSystem(spark.sparkContext().hadoopConfiguration()).open(path)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UserException(
                    "Cannot read synonyms: synonyms = " + place + ", expected wordnet or a file that can be read: "
                            + e.getMessage(),
                    e);
        }
    }
}
