package org.oatmill.sampling;

import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serial;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.oatmill.core.Counters;
import org.oatmill.core.Summary;

/**
 * Rows between the passes, some together. The counters of a sketch are more than a processor's cache holds, and
 * each row needs a few of all over them: so a row of counters serves all of these rows before the next one does.
 */
final class HashedRows implements Summary<HashedRow, HashedRows> {
    private static final long serialVersionUID = 1L;

    private static final int CELLS = 1 << 16;

    private final int slices;
    private final List<String> ids = new ArrayList<>();
    private final List<Facts> facts = new ArrayList<>();
    private final Oddities oddities = new Oddities();

    /** Those of the first row, then those of the second ...; in two bytes each where they fit, on the way. */
    private transient int[] cells = {};

    /** Of rows that have so many cells each. */
    HashedRows(int slices) {
        this.slices = slices;
    }

    /** Rows of so many cells to bring together. */
    static int batch(int slices) {
        return Math.max(1, CELLS / slices);
    }

    @Override
    public void add(HashedRow row) {
        oddities.add(row);
        if (row.refusal().isEmpty()) {
            hold(row.cells());
            ids.add(row.id());
            facts.add(row.facts());
        }
    }

    private void hold(int[] more) {
        int end = end();
        if (end + more.length > cells.length) {
            cells = Arrays.copyOf(cells, Math.max(2 * cells.length, end + more.length));
        }
        System.arraycopy(more, 0, cells, end, more.length);
    }

    @Override
    public void merge(HashedRows other) {
        hold(Arrays.copyOf(other.cells, other.end()));
        ids.addAll(other.ids);
        facts.addAll(other.facts);
        oddities.merge(other.oddities);
    }

    /** Rows that have cells. */
    int size() {
        return ids.size();
    }

    private int end() {
        return size() * slices;
    }

    List<String> ids() {
        return ids;
    }

    List<Facts> facts() {
        return facts;
    }

    Oddities oddities() {
        return oddities;
    }

    /** Counts these rows in the counters of a slice. */
    void count(int slice, Counters counters) {
        counters.increment(cells, slice, end(), slices);
    }

    /** What the counters of a slice say of each of these rows. */
    int[] counts(int slice, Counters counters) {
        int[] counts = new int[size()];
        counters.at(cells, slice, slices, counts);
        return counts;
    }

    @Serial
    private void writeObject(ObjectOutputStream out) throws IOException {
        int end = end();
        boolean narrow = true;
        for (int k = 0; k < end; k++) {
            narrow &= cells[k] <= Character.MAX_VALUE;
        }
        ByteBuffer bytes = ByteBuffer.allocate(end * (narrow ? Character.BYTES : Integer.BYTES));
        for (int k = 0; k < end; k++) {
            if (narrow) {
                bytes.putChar((char) cells[k]);
            } else {
                bytes.putInt(cells[k]);
            }
        }
        out.defaultWriteObject();
        out.writeBoolean(narrow);
        out.write(bytes.array());
    }

    @Serial
    private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
        in.defaultReadObject();
        boolean narrow = in.readBoolean();
        cells = new int[end()];
        byte[] bytes = new byte[cells.length * (narrow ? Character.BYTES : Integer.BYTES)];
        in.readFully(bytes);
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        for (int k = 0; k < cells.length; k++) {
            cells[k] = narrow ? buffer.getChar() : buffer.getInt();
        }
    }
}
