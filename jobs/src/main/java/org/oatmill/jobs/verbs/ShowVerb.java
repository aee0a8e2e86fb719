package org.oatmill.jobs.verbs;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.to_json;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Column;
import org.oatmill.core.Json;
import org.oatmill.core.Manifest;
import org.oatmill.core.Nearest;
import org.oatmill.core.Table;
import org.oatmill.core.UserException;
import org.oatmill.jobs.Pipeline;
import org.oatmill.jobs.RunFile;
import org.oatmill.jobs.Session;
import org.oatmill.jobs.TextTable;
import org.oatmill.spark.artifact.Artifact;
import org.oatmill.spark.artifact.Artifacts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import scala.collection.JavaConverters;

/** {@code show}: the rows of an artifact. */
@Command(
        name = "show",
        mixinStandardHelpOptions = true,
        description = "Prints an artifact: what it holds, and the first rows of a table.")
final class ShowVerb implements Callable<Integer> {
    private static final int WIDTH = 48;

    @ParentCommand
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Oatmill oatmill;

    @Parameters(
            index = "0",
            paramLabel = "PATH|FILE:STAGE",
            description = "Artifact, or the stage of a run file: conf/quickstart.conf:sample")
    private String target = "";

    @Option(names = "--table", paramLabel = "NAME", description = "Which table; the first by default.")
    private @Nullable String table;

    @Option(names = "--rows", paramLabel = "N", description = "How many rows; ${DEFAULT-VALUE} by default.")
    private int rows = 10;

    @Option(names = "--json", description = "One JSON object per line, and nothing else.")
    private boolean json;

    @Mixin
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Overlay overlay;

    @Override
    public Integer call() throws Exception {
        if (rows < 0) {
            throw new UserException("Cannot show: --rows = " + rows + ", expected 0 or more");
        }
        SparkSession spark = Session.open();
        Artifact artifact = artifact(spark);
        Manifest manifest = artifact.manifest();
        if (!json) {
            oatmill.out.print(summary(artifact));
        }
        if (manifest.tables().isEmpty()) {
            return 0;
        }
        String name = table == null ? manifest.tables().get(0).name() : named(manifest, table);
        Dataset<Row> read = artifact.table(written(manifest, name));
        List<Row> shown = read.takeAsList(rows);
        if (json) {
            spark.createDataFrame(shown, read.schema())
                    .select(to_json(struct(col("*")), Map.of("ignoreNullFields", "false")))
                    .as(Encoders.STRING())
                    .collectAsList()
                    .forEach(oatmill.out::println);
            return 0;
        }
        oatmill.out.println("\n" + name);
        TextTable text = new TextTable(read.columns());
        for (Row row : shown) {
            text.row(IntStream.range(0, row.length())
                    .mapToObj(i -> cut(cell(row.isNullAt(i) ? null : row.get(i))))
                    .toArray());
        }
        oatmill.out.print(text.print("  "));
        return 0;
    }

    private Artifact artifact(SparkSession spark) throws Exception {
        int colon = target.lastIndexOf(':');
        if (colon > 0 && Target.isRunFile(target.substring(0, colon))) {
            RunFile file = overlay.read(target.substring(0, colon), oatmill.jobs);
            String stage = target.substring(colon + 1);
            Pipeline pipeline = new Pipeline(file, file.select(List.of(stage)), spark);
            List<Pipeline.Planned> plan = pipeline.plan();
            Artifact made = plan.get(plan.size() - 1).artifact();
            if (made == null) {
                throw new UserException("Cannot show " + target + ": it is not made yet; next: oatmill run "
                        + file.file() + overlay.words() + " --select " + stage);
            }
            return made;
        }
        if (Target.isRunFile(target)) {
            throw new UserException(
                    "Cannot show " + target + ": expected an artifact's path, or FILE:STAGE with one of "
                            + overlay.read(target, oatmill.jobs).stages().stream()
                                    .map(stage -> stage.name())
                                    .collect(Collectors.joining(", ")));
        }
        overlay.refuseWithout(target);
        return new Artifacts(Target.workspace("."), spark).open(target);
    }

    private static String named(Manifest manifest, String wanted) {
        List<String> names =
                manifest.tables().stream().map(Manifest.TableContent::name).toList();
        if (!names.contains(wanted)) {
            throw new UserException("Cannot show: --table = " + wanted + ", expected one of " + String.join(", ", names)
                    + Nearest.hint(wanted, names));
        }
        return wanted;
    }

    /** As it was written: an artifact may hold a table or a column that no constant names any more. */
    static Table written(Manifest manifest, String name) {
        String schema = manifest.table(name).orElseThrow().schema();
        return new Table(
                name,
                Arrays.stream(StructType.fromDDL(schema).fields())
                        .map(field -> new Column(field.name(), field.dataType().sql(), field.nullable(), ""))
                        .toList());
    }

    private static String summary(Artifact artifact) {
        Manifest manifest = artifact.manifest();
        StringBuilder out = new StringBuilder();
        out.append(artifact.path()).append("  ").append(manifest.recipe().job()).append('\n');
        manifest.tables()
                .forEach(
                        t -> out.append(String.format("  table   %s, %,d rows: %s%n", t.name(), t.rows(), t.schema())));
        manifest.files().forEach(f -> out.append(String.format("  %s, %,d bytes%n", f.path(), f.bytes())));
        manifest.parents().forEach((role, p) -> out.append("  reads   ")
                .append(role)
                .append(" = ")
                .append(p.path())
                .append('\n'));
        manifest.notes().forEach((key, note) -> out.append("  note    ")
                .append(key)
                .append(" = ")
                .append(cut(Json.line(note)))
                .append('\n'));
        manifest.warnings().forEach(w -> out.append("  warns   ").append(w).append('\n'));
        out.append("  made    ")
                .append(manifest.startedAt())
                .append(" by oatmill ")
                .append(manifest.tool().version())
                .append('\n');
        out.append("  config  ").append(Json.line(manifest.recipe().config())).append('\n');
        return out.toString();
    }

    private static String cell(@Nullable Object value) {
        if (value == null) {
            return "";
        }
        if (value instanceof Row row) {
            List<String> parts = new ArrayList<>();
            for (int i = 0; i < row.length(); i++) {
                parts.add(cell(row.isNullAt(i) ? null : row.get(i)));
            }
            return "(" + String.join(", ", parts) + ")";
        }
        if (value instanceof scala.collection.Map<?, ?> map) {
            return new TreeMap<>(JavaConverters.mapAsJavaMap(map)).toString();
        }
        if (value instanceof scala.collection.Seq<?> seq) {
            return JavaConverters.seqAsJavaList(seq).toString();
        }
        return value instanceof byte[] bytes ? Arrays.toString(bytes) : value.toString();
    }

    private static String cut(String text) {
        String line = text.replaceAll("\\s+", " ");
        return line.length() <= WIDTH ? line : line.substring(0, WIDTH - 1) + "…";
    }
}
