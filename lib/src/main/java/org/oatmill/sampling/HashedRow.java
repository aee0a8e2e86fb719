package org.oatmill.sampling;

import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serial;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A row between the passes.
 *
 * @param id identity of the row
 * @param size dimensions of its vector
 * @param empty whether all its values are zero
 * @param refusal why it cannot be hashed; empty where it can
 * @param cells the counters it falls in; none where it cannot be hashed
 * @param facts what is known of it besides
 */
record HashedRow(String id, int size, boolean empty, String refusal, Cells cells, Facts facts) implements Serializable {

    /** The counter of each sketch row, for all sketches; stored in two bytes each where they fit. */
    static final class Cells implements Serializable {
        private static final long serialVersionUID = 1L;

        private transient int[] at;

        Cells(int[] at) {
            this.at = at;
        }

        int[] at() {
            return at;
        }

        @Serial
        private void writeObject(ObjectOutputStream out) throws IOException {
            boolean narrow = Arrays.stream(at).allMatch(cell -> cell <= Character.MAX_VALUE);
            ByteBuffer bytes = ByteBuffer.allocate(at.length * (narrow ? Character.BYTES : Integer.BYTES));
            for (int cell : at) {
                if (narrow) {
                    bytes.putChar((char) cell);
                } else {
                    bytes.putInt(cell);
                }
            }
            out.defaultWriteObject();
            out.writeBoolean(narrow);
            out.writeInt(at.length);
            out.write(bytes.array());
        }

        @Serial
        private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
            in.defaultReadObject();
            boolean narrow = in.readBoolean();
            at = new int[in.readInt()];
            byte[] bytes = new byte[at.length * (narrow ? Character.BYTES : Integer.BYTES)];
            in.readFully(bytes);
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            for (int k = 0; k < at.length; k++) {
                at[k] = narrow ? buffer.getChar() : buffer.getInt();
            }
        }
    }
}
