package org.oatmill.jobs.sources;

import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.oatmill.core.Describe;
import org.oatmill.core.Location;
import org.oatmill.core.Required;

/** Files of tab-separated values, a record per line: a quote is a character like others. */
@Describe("files of tab-separated values, a record per line, without quotes")
public record Tsv(
        @Required @Location @Describe("files, directories or globs, on any file system that Hadoop knows")
                List<String> paths,
        @Describe("which column means what") ColumnNames columns,
        @Describe("split of all rows, unless columns.split names one") String split,
        @Describe("names of the columns, for files without a header; none: each file's first record names them")
                List<String> names,
        @Describe("around fields that hold a tab, a quote or a line feed; \"\": none") String quote,
        @Describe("how text is encoded") String charset)
        implements Source {

    static final List<String> ENDINGS = List.of(".tsv");

    static Tsv typical() {
        return new Tsv(List.of("data/*.tsv"), ColumnNames.USUAL, "pool", List.of(), "", "UTF-8");
    }

    public Tsv {
        Splits.require(split);
        TextRecords.requireCharset(charset);
        Delimited.of("\t", quote, quote, names, charset);
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
                spark, files, Delimited.of("\t", quote, quote, names, charset), new DocumentMaker(columns, split));
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
