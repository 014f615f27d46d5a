/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faults. Functions of this library return 0 or a positive value, or -errno
 * after one of the fail_ functions has noted what went wrong for the calling
 * thread; the outermost function turns the note into a Java exception.
 */
#ifndef KYANOS_ERRORS_H
#define KYANOS_ERRORS_H

#include <jni.h>

#define ERROR_TEXT_BYTES 128

/* The environment refused: BpfException, with libbpf's log. Returns -error. */
int fail_system(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The caller gave something wrong: IllegalArgumentException. */
int fail_argument(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The call came at the wrong time: IllegalStateException. */
int fail_state(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "ENOENT: No such file or directory"; empty for 0. */
const char *error_text(int error, char text[ERROR_TEXT_BYTES]);

/* Looks up the exception classes, once. */
int errors_prepare(JNIEnv *env);

/* Throws what the calling thread noted last. The only place that throws. */
void errors_throw(JNIEnv *env);

#endif
