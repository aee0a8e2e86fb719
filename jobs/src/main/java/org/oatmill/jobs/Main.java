package org.oatmill.jobs;

import org.oatmill.core.BuildInfo;

/** The one entry point: {@code spark-submit oatmill.jar <verb> …}. */
public final class Main {

    private Main() {}

    public static void main(String[] args) {
        System.out.println("oatmill " + BuildInfo.current());
    }
}
