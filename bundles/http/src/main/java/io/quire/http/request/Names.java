package io.quire.http.request;

/** The names in a request. */
final class Names {
  private static final int MAX_LENGTH = 1024;

  private Names() {}

  static String model(Fields f) {
    return f.text("model", "", MAX_LENGTH);
  }
}
