package org.oatmill.jobs.sources;

import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.oatmill.core.Describe;
import org.oatmill.core.Location;
import org.oatmill.core.Required;

/**
 * Files of comma-separated values, as RFC 4180 has them: quoted fields may hold line feeds. Every
 * value is text.
 */
@Describe("files of comma-separated values, quoted as in RFC 4180")
public record Csv(
        @Required @Location @Describe("files, directories or globs, on any file system that Hadoop knows")
                List<String> paths,
        @Describe("which column means what") ColumnNames columns,
        @Describe("split of all rows, unless columns.split names one") String split,
        @Describe("names of the columns, for files without a header; none: each file's first record names them")
                List<String> names,
        @Describe("between fields") String delimiter,
        @Describe("around fields that hold a delimiter, a quote or a line feed; \"\": none") String quote,
        @Describe("takes the meaning from the next character in quotes; a quote: quotes are doubled") String escape,
        @Describe("how text is encoded") String charset)
        implements Source {

    static final List<String> ENDINGS = List.of(".csv");

    static Csv typical() {
        return new Csv(List.of("data/*.csv"), ColumnNames.USUAL, "pool", List.of(), ",", "\"", "\"", "UTF-8");
    }

    public Csv {
        Splits.require(split);
        TextRecords.requireCharset(charset);
        Delimited.of(delimiter, quote, escape, names, charset);
    }

    @Override
    public Map<String, String> fingerprints(SparkSession spark) {
        return DataFiles.fingerprints(DataFiles.list(spark, paths, ENDINGS));
    }

    @Override
    public Dataset<Row> records(SparkSession spark) {
        List<DataFile> files = DataFiles.list(spark, paths, ENDINGS);
        if (!hasUserKeys()) {
            DataFiles.refuseTwins(files);
        }
        return TextRecords.read(
                spark,
                files,
                Delimited.of(delimiter, quote, escape, names, charset),
                new DocumentMaker(columns, split));
    }

    @Override
    public List<String> namedColumns() {
        return columns.named();
    }

    @Override
    public boolean hasUserKeys() {
        return columns.id() != null;
    }
}
