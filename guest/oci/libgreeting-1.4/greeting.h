/* libgreeting 1.4: the library makes the text. */

/* As in "1.4". */
const char *greeting_version(void);

/* Greets somebody; valid until the next call. */
const char *greeting_text(const char *name);
