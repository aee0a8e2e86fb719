package org.oatmill.sampling;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.oatmill.core.Describe;
import org.oatmill.core.Rows;
import org.oatmill.core.Summary;
import org.oatmill.core.UserException;

/**
 * Minimum tuning for long output (arXiv 2410.10210): rows whose output is about as long as they were told to
 * make it. The others are dropped; of what is left, as many rows are drawn as asked for, each with the same
 * chance, which is the chance among these; {@code fraction = 1} keeps all that is left. Vectors are not looked at.
 *
 * <p>Differs from the paper: of its choice of rows only the length is taken, and the tolerance is ours.
 *
 * @param instructed name of a number of every row: the length it asks for
 * @param actual name of a number of every row: the length of its output, in the same unit
 * @param tolerance how much of the instructed length it may miss, either way
 */
@Describe("drops rows whose output is not as long as they ask for, draws from the rest with equal chances")
public record LengthFidelity(
        @Describe("name of a number of every row, in scores or in the documents' fields: the length asked for")
                String instructed,
        @Describe("name of a number of every row, in scores or in the documents' fields: the output's length")
                String actual,
        @Describe("share of the instructed length that the output may miss, either way") double tolerance)
        implements SamplingMethod {

    private static final String TOO_SHORT = "too-short";
    private static final String TOO_LONG = "too-long";

    public LengthFidelity {
        if (!(tolerance >= 0 && tolerance < Double.POSITIVE_INFINITY)) {
            throw new UserException("Cannot sample: tolerance = " + tolerance + ", expected 0 or more");
        }
    }

    @Override
    public Set<String> needs() {
        return new TreeSet<>(List.of(instructed, actual));
    }

    private static final class Count implements Summary<String, Count> {
        private static final long serialVersionUID = 1L;

        private long left;
        private long tooShort;
        private long tooLong;

        @Override
        public void add(String reason) {
            left += reason.isEmpty() ? 1 : 0;
            tooShort += reason.equals(TOO_SHORT) ? 1 : 0;
            tooLong += reason.equals(TOO_LONG) ? 1 : 0;
        }

        @Override
        public void merge(Count other) {
            left += other.left;
            tooShort += other.tooShort;
            tooLong += other.tooLong;
        }
    }

    @Override
    public Sample choose(Population population, Draw how, long seed) {
        Rows<Candidate> rows = population.rows();
        Count count = rows.map(this::reason).fold(Count::new);
        Rows<DroppedRow> dropped = rows.where(row -> !reason(row).isEmpty())
                .map(row -> DroppedRow.of(row.id(), reason(row), row.value(actual) / row.value(instructed)));
        Rows<RowDensity> left =
                rows.where(row -> reason(row).isEmpty()).map(row -> new RowDensity(row.id(), 1, 1, row.facts()));
        long all = count.left + count.tooShort + count.tooLong;
        if (all == 0) {
            throw Survey.noRows();
        }
        return new Remainder(left, count.left, dropped, all)
                .draw(
                        how,
                        seed,
                        "whose output has the length that was asked for",
                        Map.of("too_short", count.tooShort, "too_long", count.tooLong),
                        List.of(),
                        List.of());
    }

    /** Why a row is dropped; empty where it is not. */
    String reason(Candidate row) {
        double asked = row.value(instructed);
        double made = row.value(actual);
        if (!(asked > 0 && made >= 0)) {
            throw new UserException("Cannot sample: " + instructed + " = " + asked + " and " + actual + " = " + made
                    + " of row id = " + row.id() + ", expected lengths, the first above 0; mend or remove such rows in"
                    + " the stage before");
        }
        if (Math.abs(made - asked) <= tolerance * asked) {
            return "";
        }
        return made < asked ? TOO_SHORT : TOO_LONG;
    }
}
