package org.oatmill.core;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class BuildInfoTest {

    @Test
    void buildFillsEveryPlaceholder() {
        BuildInfo build = BuildInfo.current();

        assertFalse(build.version().contains("$"), build.version());
        assertTrue(build.commit().matches("[0-9a-f]{40}|unknown"), build.commit());
    }
}
