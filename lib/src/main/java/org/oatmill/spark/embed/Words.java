package org.oatmill.spark.embed;

import java.util.Arrays;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.ml.feature.RegexTokenizer;
import org.apache.spark.ml.feature.StopWordsRemover;
import org.apache.spark.ml.linalg.SparseVector;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.oatmill.core.Columns;
import org.oatmill.core.Json;
import org.oatmill.core.Tables;
import org.oatmill.core.UserException;
import org.oatmill.spark.rows.VectorColumn;

/**
 * A text as a bag of words: how it is cut, and which words do not count.
 *
 * @param pattern what a word is, as a regular expression
 * @param lowerCase whether letter case is ignored
 * @param stopWords the language whose stop words are left out
 */
record Words(String pattern, boolean lowerCase, StopWords stopWords) {

    /** Letters and digits of any script. */
    static final String PATTERN = "[\\p{L}\\p{M}\\p{N}]+";

    static final String WORDS = "words";
    static final String FEATURES = "features";

    Words {
        try {
            Pattern.compile(pattern);
        } catch (PatternSyntaxException e) {
            throw new UserException(
                    "Cannot cut text: word_pattern = " + pattern + ", expected a regular expression: "
                            + e.getDescription(),
                    e);
        }
    }

    /** Adds the column {@link #WORDS} to texts. */
    Dataset<Row> of(Dataset<Row> texts) {
        Dataset<Row> all = new RegexTokenizer()
                .setGaps(false)
                .setPattern(pattern)
                .setToLowercase(lowerCase)
                .setInputCol(Columns.TEXT.name())
                .setOutputCol("tokens")
                .transform(texts.select(Columns.ID.name(), Columns.TEXT.name()));
        if (stopWords == StopWords.NONE) {
            return all.withColumnRenamed("tokens", WORDS);
        }
        return new StopWordsRemover()
                .setStopWords(StopWordsRemover.loadDefaultStopWords(Json.key(stopWords)))
                // Not the machine's: results depend on the run file alone.
                .setLocale("en")
                .setInputCol("tokens")
                .setOutputCol(WORDS)
                .transform(all);
    }

    /** The column {@link #FEATURES} as our vectors: floats, without zeros. */
    static Dataset<Row> table(Dataset<Row> features) {
        JavaRDD<Row> rows = features.select(Columns.ID.name(), FEATURES)
                .javaRDD()
                .map(row -> RowFactory.create(row.getString(0), VectorColumn.row(vector(row.getAs(1)))));
        return features.sparkSession().createDataFrame(rows, StructType.fromDDL(Tables.VECTORS.ddl()));
    }

    private static org.oatmill.core.Vector vector(Vector features) {
        SparseVector sparse = features.compressed().toSparse();
        int[] indices = new int[sparse.indices().length];
        float[] values = new float[indices.length];
        int kept = 0;
        for (int k = 0; k < indices.length; k++) {
            float value = (float) sparse.values()[k];
            if (value != 0) {
                indices[kept] = sparse.indices()[k];
                values[kept++] = value;
            }
        }
        return org.oatmill.core.Vector.sparse(sparse.size(), Arrays.copyOf(indices, kept), Arrays.copyOf(values, kept));
    }
}
