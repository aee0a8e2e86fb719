package org.oatmill.jobs.audit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.oatmill.report.Block;
import org.oatmill.report.DataTable;
import org.oatmill.report.DataTable.Column;
import org.oatmill.report.HtmlWriter;
import org.oatmill.report.Numbers;
import org.oatmill.report.Page;

/** An audit as a table for programs and a page for people. */
public final class AuditFiles {
    public static final String CSV = "audit.csv";
    public static final String HTML = "audit.html";
    static final List<String> COLUMNS =
            List.of("rank", "id", "line", "kind", "score", "label", "suggested_label", "reason", "evidence_ids");
    private static final int CHARACTERS = 400;
    private static final int CHARACTERS_BESIDE = 140;

    private AuditFiles() {}

    /**
     * Writes both, over those of an earlier audit.
     *
     * @param shown rows on the page; the table has all
     */
    public static List<Path> write(Audit audit, AuditOptions options, int shown, Path directory) throws IOException {
        Files.createDirectories(directory);
        Path csv = Files.writeString(directory.resolve(CSV), csv(audit));
        Path html = Files.writeString(directory.resolve(HTML), HtmlWriter.write(page(audit, options, shown)));
        return List.of(csv, html);
    }

    /** As RFC 4180 has it, with line feeds between records; several ids of evidence have a space between them. */
    static String csv(Audit audit) {
        StringBuilder out = new StringBuilder(String.join(",", COLUMNS)).append('\n');
        int rank = 0;
        for (Finding finding : audit.findings()) {
            AuditedRow row = finding.row();
            out.append(Stream.of(
                                    Integer.toString(++rank),
                                    row.shown(),
                                    Long.toString(row.line()),
                                    finding.kind().toString(),
                                    String.format(Locale.ROOT, "%.4f", finding.score()),
                                    Objects.requireNonNullElse(row.label(), ""),
                                    finding.suggestedLabel(),
                                    finding.reason(),
                                    finding.evidence().stream()
                                            .map(AuditedRow::shown)
                                            .collect(Collectors.joining(" ")))
                            .map(AuditFiles::quoted)
                            .collect(Collectors.joining(",")))
                    .append('\n');
        }
        return out.toString();
    }

    private static String quoted(String value) {
        boolean plain = value.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r')
                && value.equals(value.strip());
        return plain ? value : '"' + value.replace("\"", "\"\"") + '"';
    }

    private static Page page(Audit audit, AuditOptions options, int shown) {
        String name = Objects.toString(Path.of(options.file()).getFileName());
        List<Block.Fact> facts = new ArrayList<>();
        facts.add(new Block.Fact("Rows", Numbers.count(audit.rows().size()), "read as documents"));
        audit.counts().forEach((kind, n) -> {
            double share = (double) n / Math.max(1, audit.rows().size());
            facts.add(new Block.Fact(
                    capital(kind), Numbers.count(n), kind == Kind.QUARANTINE ? "records" : Numbers.share(share)));
        });
        List<Block> blocks = new ArrayList<>(List.of(new Block.Facts(facts)));
        if (!audit.notes().isEmpty()) {
            blocks.add(new Block.Callout(Block.Tone.NOTE, "Not done", audit.notes()));
        }
        blocks.add(new Block.Section("Rows to look at first", List.of(table(audit, shown))));
        blocks.add(new Block.Section(
                "What the kinds mean",
                List.of(new DataTable(
                        "Kinds of trouble",
                        List.of(Column.text("Kind"), Column.prose("How it is found")),
                        audit.counts().keySet().stream()
                                .map(kind -> DataTable.row(capital(kind), kind.words()))
                                .toList(),
                        "Model of the hidden states: " + options.model() + ". Seed: " + options.seed() + "."))));
        return new Page(
                "Audit",
                name,
                "Text: " + options.text() + (options.label() == null ? "" : ", label: " + options.label()),
                blocks);
    }

    private static DataTable table(Audit audit, int shown) {
        List<List<DataTable.Cell>> rows = new ArrayList<>();
        for (Finding finding : audit.findings().stream().limit(shown).toList()) {
            String label = Objects.requireNonNullElse(finding.row().label(), "");
            rows.add(DataTable.row(
                    Integer.toString(rows.size() + 1),
                    Numbers.count(finding.row().line()),
                    finding.kind().toString(),
                    excerpt(finding.row().text(), CHARACTERS),
                    finding.suggestedLabel().isEmpty() ? label : label + " → " + finding.suggestedLabel() + "?",
                    finding.reason(),
                    finding.evidence().stream().map(AuditFiles::beside).collect(Collectors.joining(" · "))));
        }
        return new DataTable(
                "The first " + rows.size() + " of "
                        + Numbers.count(audit.findings().size()),
                List.of(
                        Column.number("Rank"),
                        Column.number("Line"),
                        Column.text("Kind"),
                        Column.prose("Text"),
                        Column.text("Label"),
                        Column.prose("Why"),
                        Column.prose("Rows to hold beside it")),
                rows,
                "Kinds take turns, the strongest of each first. All findings: " + CSV + ".");
    }

    private static String beside(AuditedRow row) {
        return "line " + row.line() + (row.label() == null ? "" : " [" + row.label() + "]") + ": "
                + excerpt(row.text(), CHARACTERS_BESIDE);
    }

    private static String capital(Kind kind) {
        String word = kind.toString();
        return Character.toUpperCase(word.charAt(0)) + word.substring(1);
    }

    private static String excerpt(String text, int most) {
        return text.codePointCount(0, text.length()) <= most
                ? text
                : text.substring(0, text.offsetByCodePoints(0, most - 1)) + "…";
    }
}
