package org.oatmill.jobs.sources;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Describe;
import org.oatmill.core.Location;
import org.oatmill.core.Required;
import org.oatmill.core.UserException;

/**
 * A data set's folder as the Hugging Face hub lays it out: Parquet, JSON lines, CSV or TSV, each
 * perhaps compressed. Which files are which split is told by {@code configs: data_files} at the top
 * of its {@code README.md}, and where that is silent by the words train, validation and test in the
 * names of files, then of directories; without any such word, all is train.
 */
@Describe("a data set's folder as the Hugging Face hub lays it out")
public record HuggingFace(
        @Required @Location @Describe("the folder, on any file system that Hadoop knows") String path,
        @Describe("which of the configurations in README.md; none: default, or the only one") @Nullable String config,
        @Describe("what each of the data set's splits is for; skip: it is not read") Map<String, String> splits,
        @Describe("which column means what") ColumnNames columns,
        @Describe("names of the columns, for CSV and TSV without a header; none: each file's first record names them")
                List<String> names)
        implements Source {

    private static final String SKIP = "skip";
    /** The hub's words for splits. */
    private static final Map<String, String> WORDS = Map.ofEntries(
            Map.entry("train", "train"),
            Map.entry("training", "train"),
            Map.entry("validation", "validation"),
            Map.entry("valid", "validation"),
            Map.entry("val", "validation"),
            Map.entry("dev", "validation"),
            Map.entry("test", "test"),
            Map.entry("testing", "test"),
            Map.entry("eval", "test"),
            Map.entry("evaluation", "test"));

    private static final Pattern SHARD = Pattern.compile("(.+)-[0-9]{5}-of-[0-9]{5}\\..*");

    /** JSON that lies in such folders and holds no rows. */
    private static final Set<String> DESCRIPTIONS =
            Set.of("dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json");

    static HuggingFace typical() {
        return new HuggingFace(
                "data",
                null,
                Map.of("train", "pool", "validation", "dev", "test", "test"),
                ColumnNames.USUAL,
                List.of());
    }

    public HuggingFace {
        splits = Map.copyOf(splits);
        names = List.copyOf(names);
        Format.CSV.text(names);
        for (String split : splits.values()) {
            if (!split.equals(SKIP)) {
                Splits.require(split);
            }
        }
    }

    /** What files of the folder are. */
    private enum Format {
        PARQUET(Parquet.ENDINGS),
        JSON(Jsonl.ENDINGS),
        CSV(Csv.ENDINGS),
        TSV(Tsv.ENDINGS);

        private final List<String> endings;

        Format(List<String> endings) {
            this.endings = endings;
        }

        /** How its files are read; null: Parquet. */
        @Nullable
        TextFormat text(List<String> names) {
            return switch (this) {
                case PARQUET -> null;
                case JSON -> new JsonLines("UTF-8");
                case CSV -> Delimited.of(",", "\"", "\"", names, "UTF-8");
                case TSV -> Delimited.of("\t", "", "", names, "UTF-8");
            };
        }

        static Optional<Format> of(String name) {
            return Stream.of(values())
                    .filter(format -> format.endings.stream().anyMatch(DataFiles.bare(name)::endsWith))
                    .findFirst();
        }
    }

    @Override
    public Map<String, String> fingerprints(SparkSession spark) {
        Map<String, String> fingerprints = new TreeMap<>();
        files(spark)
                .forEach((split, files) -> files.forEach(
                        file -> fingerprints.put(file.name(), "split " + split + ", " + file.fingerprint())));
        return fingerprints;
    }

    @Override
    public Dataset<Row> records(SparkSession spark) {
        Map<String, List<DataFile>> bySplit = files(spark);
        if (!hasUserKeys()) {
            DataFiles.refuseTwins(
                    bySplit.values().stream().flatMap(List::stream).toList());
        }
        Dataset<Row> records = null;
        for (Map.Entry<String, List<DataFile>> split : bySplit.entrySet()) {
            DocumentMaker maker = new DocumentMaker(columns, splits.getOrDefault(split.getKey(), SKIP));
            Map<Format, List<DataFile>> byFormat = new TreeMap<>();
            for (DataFile file : split.getValue()) {
                Format format = Format.of(file.name())
                        .orElseThrow(() -> new UserException("Cannot read data set: " + file.name()
                                + " is of no format that is read, expected parquet, jsonl, csv or tsv"));
                byFormat.computeIfAbsent(format, f -> new ArrayList<>()).add(file);
            }
            for (Map.Entry<Format, List<DataFile>> format : byFormat.entrySet()) {
                TextFormat text = format.getKey().text(names);
                Dataset<Row> part = text == null
                        ? Parquet.read(spark, format.getValue(), maker)
                        : TextRecords.read(spark, format.getValue(), text, maker);
                records = records == null ? part : records.union(part);
            }
        }
        return records == null ? spark.createDataFrame(List.of(), Intake.SCHEMA) : records;
    }

    @Override
    public List<String> namedColumns() {
        return columns.named();
    }

    @Override
    public boolean hasUserKeys() {
        return columns.id() != null;
    }

    /** The files of each split that is read, by the data set's name for it. */
    private Map<String, List<DataFile>> files(SparkSession spark) {
        Map<String, String> splitOf = splitOf(DataFiles.names(spark, path), HubCard.read(readme(spark), path, config));
        Set<String> there = new TreeSet<>(splitOf.values());
        if (there.isEmpty()) {
            throw new UserException("Cannot read data set: path = " + path
                    + ", expected a folder with parquet, jsonl, csv or tsv files");
        }
        for (String split : there) {
            if (!splits.containsKey(split)) {
                throw new UserException("Cannot read data set: splits = " + splits + " says nothing of " + split
                        + ", expected " + String.join(", ", there) + " each to be one of "
                        + String.join(", ", Splits.ALL) + ", or skip");
            }
        }
        splitOf.values().removeIf(split -> SKIP.equals(splits.get(split)));
        Map<String, List<DataFile>> files = new TreeMap<>();
        for (DataFile file : DataFiles.list(spark, List.of(path), splitOf::containsKey, DataFiles.LARGE)) {
            files.computeIfAbsent(splitOf.getOrDefault(file.name(), ""), split -> new ArrayList<>())
                    .add(file);
        }
        return files;
    }

    /** The split of each file that holds data. */
    private static Map<String, String> splitOf(List<String> names, HubCard card) {
        List<String> below =
                names.stream().filter(name -> name.startsWith(card.directory())).toList();
        if (!card.globs().isEmpty()) {
            return card.splitOf(below);
        }
        List<String> data = below.stream()
                .filter(name -> Format.of(name).isPresent())
                .filter(name -> !DESCRIPTIONS.contains(name.substring(name.lastIndexOf('/') + 1)))
                .toList();
        Map<String, String> splitOf = new TreeMap<>();
        data.forEach(name -> splitByWord(name).ifPresent(split -> splitOf.put(name, split)));
        if (splitOf.isEmpty()) {
            data.forEach(name -> splitOf.put(name, "train"));
        }
        return splitOf;
    }

    /** The split that the last telling part of a path names. */
    private static Optional<String> splitByWord(String name) {
        String[] parts = name.split("/");
        for (int i = parts.length - 1; i >= 0; i--) {
            Matcher shard = SHARD.matcher(parts[i]);
            if (shard.matches()) {
                return Optional.of(WORDS.getOrDefault(shard.group(1), shard.group(1)));
            }
            for (String word : parts[i].toLowerCase(Locale.ROOT).split("[^a-z]+")) {
                String split = WORDS.get(word);
                if (split != null) {
                    return Optional.of(split);
                }
            }
        }
        return Optional.empty();
    }

    private String readme(SparkSession spark) {
        Path readme = new Path(path, "README.md");
        try {
            FileSystem system = readme.getFileSystem(spark.sparkContext().hadoopConfiguration());
            if (!system.exists(readme)) {
                return "";
            }
            try (InputStream in = system.open(readme)) {
                return new String(in.readAllBytes(), StandardCharsets.UTF_8);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + readme, e);
        }
    }
}
