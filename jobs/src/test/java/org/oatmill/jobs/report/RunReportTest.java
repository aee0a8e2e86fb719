package org.oatmill.jobs.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.oatmill.core.UserException;
import org.oatmill.jobs.RunResults;

class RunReportTest {

    @TempDir
    static Path root;

    private static ReportedRun run;
    private static Document report;

    @BeforeAll
    static void write() throws Exception {
        run = new ReportedRun(root).whole();
        report = Jsoup.parse(run.report("run-1", run.stages(), false).html());
    }

    private static List<String> row(Document document, String caption, String name) {
        for (Element table : document.select("table")) {
            if (table.select("caption").text().contains(caption)) {
                for (Element row : table.select("tbody tr")) {
                    if (row.child(0).text().equals(name)) {
                        return row.children().eachText();
                    }
                }
            }
        }
        throw new AssertionError("no row " + name + " in " + caption);
    }

    /** 100 of 400 rows are drawn, 40 of them of a kind: 10 expected, 5 to 15 in 95 of 100 choices (R: qhyper). */
    @Test
    void tableOneCountsWhatEachStageKeptBesideUniformChoice() {
        assertEquals(
                List.of("fragment", "40", "5–15", "40", "100.0%", "▲ 4.00×", "10", "25.0%", "1.00×"),
                row(report, "Table 1", "fragment"));
        assertEquals(
                List.of("near-duplicate", "40", "5–15", "0", "0.0%", "▼ 0×", "10", "25.0%", "1.00×"),
                row(report, "Table 1", "near-duplicate"));
        assertEquals(
                List.of("all rows", "400", "100", "100", "25.0%", "1.00×", "100", "25.0%", "1.00×"),
                row(report, "Table 1", "all rows"));
        String said = report.select("figure.chart figcaption").first().text();
        assertTrue(
                said.contains("Stage sample keeps fragment 4.00×, near-duplicate 0× as often as uniform choice"), said);
        assertTrue(said.contains("Stage even keeps every planted kind as often as uniform choice"), said);
    }

    @Test
    void manySamplesStandBelowEachOther() throws Exception {
        List<RunResults.Stage> stages = new ArrayList<>(run.stages());
        RunResults.Stage even = run.stages("even").get(0);
        for (int copy = 2; copy <= 4; copy++) {
            stages.add(new RunResults.Stage(
                    "even-" + copy,
                    even.job(),
                    even.outcome(),
                    even.inputs(),
                    even.path(),
                    even.recipe(),
                    even.digest(),
                    even.seconds(),
                    even.peakMebibytes(),
                    even.rows(),
                    even.warnings(),
                    even.error()));
        }
        Document page = Jsoup.parse(run.report("run-6", stages, false).html());
        assertEquals(
                List.of("sample", "400", "100", "60", "0.75×", "40", "▲ 4.00×", "0", "▼ 0×"),
                row(page, "Table 1", "sample").stream()
                        .map(cell -> cell.equals("▼ 0.75×") ? "0.75×" : cell)
                        .toList());
        assertEquals(
                List.of("even-4", "400", "100", "80", "1.00×", "10", "1.00×", "10", "1.00×"),
                row(page, "Table 1", "even-4"));
        assertTrue(page.text()
                .contains("Stages even, even-2, even-3, even-4 keep every planted kind as often as uniform choice"));
    }

    @Test
    void classesAreSharesBeforeAndAfter() {
        assertEquals(
                List.of("plant", "200", "50.0%", "50", "50.0%", "1.00×", "0", "0.0%", "▼ 0×"),
                row(report, "Rows by class", "plant"));
    }

    @Test
    void whatASampleNotesAndWarnsOfIsShown() {
        assertEquals(
                List.of("effective sample size", "0.0321", "–"),
                row(report, "How the rows were chosen", "effective sample size"));
        assertTrue(report.select(".callout.warning").text().contains("sample: effective sample size = 0.032"));
    }

    @Test
    void examplesShowWhatEachStageDidWithARow() {
        Element table =
                report.select("table:has(caption:contains(kept and dropped))").first();
        assertEquals(
                List.of("Kind", "Text", "Class", "sample", "even", "Id"),
                table.select("thead th").eachText());
        for (Element row : table.select("tbody tr")) {
            int number = Integer.parseInt(row.child(5).text().substring(4));
            assertTrue(row.child(1).text().startsWith("secret words " + number), row.text());
            assertEquals(
                    number < 40 || number >= 80 && number < 140 ? "kept" : "dropped",
                    row.child(3).text());
            assertEquals(number % 4 == 0 ? "kept" : "dropped", row.child(4).text());
        }
        // All fragments were kept, and no near-duplicate.
        assertEquals(8, table.select("tbody tr").size());
    }

    @Test
    void quarantineIsCountedByReason() {
        assertEquals(List.of("too few columns", "1"), row(report, "could not read", "too few columns"));
    }

    @Test
    void everyStageStandsInTheLineageWithItsDigests() {
        assertEquals(
                List.of("documents", "planted", "vectors", "sample", "even"),
                report.select("svg .node-name").eachText());
        List<String> sample = row(report, "Recipes and digests", "sample");
        assertEquals("vectors", sample.get(1));
        assertTrue(sample.get(4).startsWith("sample/" + sample.get(2)), sample.toString());
    }

    @Test
    void commandCanBePastedIntoAShell() {
        assertEquals(
                "oatmill run conf/quickstart.conf --set 'name=two words'",
                report.select("pre").first().text());
        assertTrue(report.select("details pre").text().contains("seed = 7"));
    }

    @Test
    void rowsAreShownAndNeverObeyed() {
        assertTrue(report.text().contains("secret words"));
        assertEquals(0, report.select("script").size());
    }

    @Test
    void redactedReportHoldsIdsAndNoTextOfARow() throws Exception {
        ReportedRun.Written redacted =
                run.report("run-2", run.stages("documents", "planted", "vectors", "sample"), true);
        for (String page : List.of(redacted.html(), redacted.markdown())) {
            assertFalse(page.contains("secret"), "holds text of a row");
            assertTrue(page.contains("row-"), "holds no id");
        }
    }

    @Test
    void failedRunSaysSoFirst() throws Exception {
        List<RunResults.Stage> stages = new ArrayList<>(run.stages("documents"));
        stages.add(ReportedRun.failed());
        ReportedRun.Written failed = run.report("run-3", stages, false);
        Document page = Jsoup.parse(failed.html());
        Element first = page.select("main > *").first();
        assertTrue(first.hasClass("failure"), first.outerHtml());
        assertTrue(first.text().contains("stage rephrased, with exit code 1"), first.text());
        assertTrue(first.text().contains("model = tiny"));
        assertTrue(page.select("header").text().contains("Failed in"));
        assertEquals(1, page.select("g.node.failed").size());
        String markdown = failed.markdown();
        assertTrue(markdown.contains("**Failed:**"));
        assertTrue(markdown.indexOf("**Failed:**") < markdown.indexOf("## "), "not before the first section");
    }

    @Test
    void removedArtifactIsSaidAndTheRestIsReported() throws Exception {
        List<RunResults.Stage> stages = new ArrayList<>(run.stages("documents"));
        stages.add(ReportedRun.removed());
        Document page = Jsoup.parse(run.report("run-4", stages, false).html());
        assertTrue(page.select(".callout.warning").text().contains("old/0123456789ab is no longer there"));
        assertEquals(List.of("too few columns", "1"), row(page, "could not read", "too few columns"));
    }

    @Test
    void runThatHasNotEndedIsRefused() {
        UserException e = assertThrows(UserException.class, () -> RunReport.write("_runs/run-5", run.artifacts, false));
        assertTrue(e.getMessage().contains("expected a run that has ended"), e.getMessage());
    }
}
