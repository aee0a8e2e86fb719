package org.oatmill.jobs.verbs;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.UserException;
import org.oatmill.jobs.Session;
import org.oatmill.jobs.TextTable;
import org.oatmill.jobs.audit.Audit;
import org.oatmill.jobs.audit.AuditFiles;
import org.oatmill.jobs.audit.AuditOptions;
import org.oatmill.jobs.audit.Finding;
import org.oatmill.spark.model.ModelFiles;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code audit}: which rows of a file to look at. */
@Command(
        name = "audit",
        mixinStandardHelpOptions = true,
        description = "Lists the rows of a file that somebody should look at: outliers, suspected label errors,"
                + " near-duplicates, fragments and records that are no rows. No LLM, no tuning.")
final class AuditVerb implements Callable<Integer> {
    private static final int PRINTED = 10;
    private static final int REASON = 90;

    @ParentCommand
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Oatmill oatmill;

    @Parameters(index = "0", paramLabel = "FILE", description = "CSV, TSV, JSON lines or Parquet.")
    private String file = "";

    @Option(names = "--text", required = true, paramLabel = "COLUMN", description = "Column of the texts.")
    private String text = "";

    @Option(names = "--label", paramLabel = "COLUMN", description = "Column of the labels, to doubt them too.")
    private @Nullable String label;

    @Option(names = "--id", paramLabel = "COLUMN", description = "Column of keys; else file digest and record number.")
    private @Nullable String id;

    @Option(names = "--format", paramLabel = "FORMAT", description = "csv, tsv, jsonl or parquet; else by the ending.")
    private @Nullable String format;

    @Option(
            names = "--names",
            split = ",",
            paramLabel = "COLUMN",
            description = "Columns of a CSV or TSV file whose first line does not name them.")
    private List<String> names = new ArrayList<>();

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Where audit.csv and audit.html go; else <file>-audit here.")
    private @Nullable String out;

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            description = "Whose hidden states: a name, or a directory in the Hugging Face layout; ${DEFAULT-VALUE}.")
    private String model = ModelFiles.SHIPPED;

    @Option(names = "--rows", paramLabel = "N", description = "Rows on the page; ${DEFAULT-VALUE}.")
    private int rows = 50;

    @Option(names = "--seed", paramLabel = "N", description = "Of all chance; ${DEFAULT-VALUE}.")
    private long seed = 0;

    @Override
    public Integer call() throws Exception {
        if (rows < 1) {
            throw new UserException("Cannot audit " + file + ": --rows = " + rows + ", expected 1 or more");
        }
        AuditOptions options = new AuditOptions(file, format, text, label, id, names, model, seed);
        long began = System.nanoTime();
        Audit audit = Audit.of(
                options, Session.open(), what -> oatmill.err.println("audit: " + what + " (" + seconds(began) + ")"));
        List<Path> written = AuditFiles.write(audit, options, rows, directory());
        oatmill.out.print(box(audit, seconds(began)));
        written.forEach(path -> oatmill.out.println("  " + path));
        return 0;
    }

    private static String seconds(long began) {
        return String.format(Locale.ROOT, "%.1f s", (System.nanoTime() - began) / 1e9);
    }

    private Path directory() {
        String given = out;
        if (given != null) {
            return Path.of(given);
        }
        String name = file.replaceFirst("/+$", "").replaceFirst(".*/", "");
        return Path.of(name.replaceFirst("(\\.\\w+)+$", "") + "-audit");
    }

    private String box(Audit audit, String time) {
        TextTable table = new TextTable("rank", "line", "kind", "score", "why");
        int rank = 0;
        for (Finding finding : audit.findings().stream().limit(PRINTED).toList()) {
            String why = finding.reason().replaceAll("\\p{Cntrl}", " ");
            table.row(
                    ++rank,
                    finding.row().line(),
                    finding.kind(),
                    String.format(Locale.ROOT, "%.2f", finding.score()),
                    why.length() <= REASON ? why : why.substring(0, REASON) + " …");
        }
        String counts = audit.counts().entrySet().stream()
                .map(count -> count.getKey() + " " + count.getValue())
                .collect(Collectors.joining(", "));
        String notes = audit.notes().stream().map(note -> "  " + note + "\n").collect(Collectors.joining());
        return "\n" + file + ": " + audit.rows().size() + " rows in " + time + "; " + counts + "\n" + notes
                + table.print("  ");
    }
}
