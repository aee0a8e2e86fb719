package org.oatmill.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class NumbersTest {

    @Test
    void numbersAreWrittenAsOneReadsThem() {
        assertEquals("12,345", Numbers.count(12345));
        assertEquals("12.3%", Numbers.share(0.1234));
        assertEquals("0.04%", Numbers.share(0.0004));
        assertEquals("0.0%", Numbers.share(0));
        assertEquals("0×", Numbers.ratio(0));
        assertEquals("0.42×", Numbers.ratio(0.42));
        assertEquals("10.0×", Numbers.ratio(9.996));
        assertEquals("123×", Numbers.ratio(123.4));
        assertEquals("–", Numbers.ratio(Double.NaN));
        assertEquals("0.0731", Numbers.decimal(0.0731));
        assertEquals("4.13", Numbers.decimal(4.13));
        assertEquals("1,024", Numbers.decimal(1024));
        assertEquals("1,235", Numbers.decimal(1234.6));
        assertEquals("-3.00e-07", Numbers.decimal(-3e-7));
        assertEquals("14–29", Numbers.interval(14, 29));
        assertEquals("0", Numbers.interval(0, 0));
        assertEquals("0.25", Numbers.tick(0.25));
        assertEquals("1,500", Numbers.tick(1500));
    }

    @Test
    void durationsKeepTwoUnits() {
        assertEquals("0.8 s", Numbers.duration(0.84));
        assertEquals("10 s", Numbers.duration(9.97));
        assertEquals("1 min 00 s", Numbers.duration(59.6));
        assertEquals("1 min 05 s", Numbers.duration(65.2));
        assertEquals("2 h 03 min", Numbers.duration(2 * 3600 + 3 * 60 + 9));
    }
}
