package org.oatmill.jobs.sources;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** One JSON object per line. */
record JsonLines(String charset) implements TextFormat {

    @Override
    public Framing framing() {
        return Framing.lines();
    }

    @Override
    public boolean hasHeader() {
        return false;
    }

    @Override
    public List<String> columns(String header) {
        return List.of();
    }

    @Override
    public ObjectNode object(String record, List<String> columns) throws NoDocument {
        return JsonText.object(record);
    }
}
