package io.quire.text.jinja;

import java.time.DayOfWeek;
import java.time.LocalDateTime;
import java.time.format.TextStyle;
import java.time.temporal.ChronoField;
import java.time.temporal.IsoFields;
import java.util.Locale;

/** C's and Python's {@code strftime} in the C locale. */
final class Strftime {
  private final LocalDateTime time;

  private Strftime(LocalDateTime time) {
    this.time = time;
  }

  static String format(String format, LocalDateTime time, Budget budget) {
    if (format.length() > Limits.WIDTH) {
      throw Fault.value("a format of more than " + Limits.WIDTH + " characters");
    }
    budget.text(format.length() * 16L);
    return new Strftime(time).format(format);
  }

  private String format(String format) {
    StringBuilder out = new StringBuilder();
    for (int at = 0; at < format.length(); at++) {
      char c = format.charAt(at);
      if (c != '%' || at + 1 == format.length()) {
        out.append(c);
        continue;
      }
      int code = at + 1;
      char flag = "-_0^#".indexOf(format.charAt(code)) >= 0 ? format.charAt(code++) : 0;
      if (code == format.length()) {
        out.append(format, at, code);
      } else {
        String text = code(format.charAt(code), flag);
        out.append(text.equals("%?") ? format.substring(at, code + 1) : text);
      }
      at = code;
    }
    return out.toString();
  }

  /** The text of one code; {@code %?} for one that does not exist. */
  private String code(char code, char flag) {
    String text = names(code);
    if (!text.equals("%?")) {
      return flag == '^' || (flag == '#' && code != 'p')
          ? text.toUpperCase(Locale.ROOT)
          : flag == '#' ? text.toLowerCase(Locale.ROOT) : text;
    }
    return numbers(code, flag);
  }

  private String names(char code) {
    return switch (code) {
      case 'a' -> time.getDayOfWeek().getDisplayName(TextStyle.SHORT, Locale.ENGLISH);
      case 'A' -> time.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
      case 'b', 'h' -> month().substring(0, 3);
      case 'B' -> month();
      case 'p' -> time.getHour() < 12 ? "AM" : "PM";
      case 'P' -> time.getHour() < 12 ? "am" : "pm";
      case 'c' -> format("%a %b %e %H:%M:%S %Y");
      case 'D', 'x' -> format("%m/%d/%y");
      case 'F' -> format("%Y-%m-%d");
      case 'R' -> format("%H:%M");
      case 'T', 'X' -> format("%H:%M:%S");
      case 'r' -> format("%I:%M:%S %p");
      case 'n' -> "\n";
      case 't' -> "\t";
      case 'z', 'Z' -> "";
      case '%' -> "%";
      default -> "%?";
    };
  }

  private String month() {
    return time.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
  }

  private String numbers(char code, char flag) {
    int day = time.getDayOfYear() - 1;
    int fromSunday = time.getDayOfWeek().getValue() % 7;
    int fromMonday = time.getDayOfWeek().getValue() - DayOfWeek.MONDAY.getValue();
    int isoYear = time.get(IsoFields.WEEK_BASED_YEAR);
    return switch (code) {
      case 'd' -> pad(time.getDayOfMonth(), 2, '0', flag);
      case 'e' -> pad(time.getDayOfMonth(), 2, ' ', flag);
      case 'H' -> pad(time.getHour(), 2, '0', flag);
      case 'k' -> pad(time.getHour(), 2, ' ', flag);
      case 'I' -> pad(time.get(ChronoField.CLOCK_HOUR_OF_AMPM), 2, '0', flag);
      case 'l' -> pad(time.get(ChronoField.CLOCK_HOUR_OF_AMPM), 2, ' ', flag);
      case 'M' -> pad(time.getMinute(), 2, '0', flag);
      case 'S' -> pad(time.getSecond(), 2, '0', flag);
      case 'f' -> pad(time.getNano() / 1000, 6, '0', (char) 0);
      case 'm' -> pad(time.getMonthValue(), 2, '0', flag);
      case 'j' -> pad(day + 1, 3, '0', flag);
      case 'y' -> pad(time.getYear() % 100, 2, '0', flag);
      case 'Y' -> String.valueOf(time.getYear());
      case 'C' -> pad(time.getYear() / 100, 2, '0', flag);
      case 'G' -> String.valueOf(isoYear);
      case 'g' -> pad(isoYear % 100, 2, '0', flag);
      case 'V' -> pad(time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR), 2, '0', flag);
      case 'u' -> String.valueOf(fromMonday + 1);
      case 'w' -> String.valueOf(fromSunday);
      case 'U' -> pad((day + 7 - fromSunday) / 7, 2, '0', flag);
      case 'W' -> pad((day + 7 - fromMonday) / 7, 2, '0', flag);
      default -> "%?";
    };
  }

  private static String pad(int number, int width, char own, char flag) {
    String digits = String.valueOf(number);
    char fill = flag == '_' ? ' ' : flag == '0' ? '0' : own;
    int missing = flag == '-' ? 0 : Math.max(0, width - digits.length());
    return String.valueOf(fill).repeat(missing) + digits;
  }
}
