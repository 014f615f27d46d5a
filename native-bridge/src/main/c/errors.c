/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/capability.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "errors.h"
#include "log.h"

#define MESSAGE_BYTES 1024
#define ENOTSUPP 524 /* the kernel's own, unknown to libc */

enum fault {
	FAULT_SYSTEM,
	FAULT_ARGUMENT,
	FAULT_STATE,
};

static jclass bpf_exception;
static jmethodID bpf_exception_init;
static jclass illegal_argument;
static jclass illegal_state;

static __thread enum fault noted_fault;
static __thread int noted_error;
static __thread char noted_message[MESSAGE_BYTES];

static void note(enum fault fault, int error, const char *format, va_list arguments)
{
	char *c;

	noted_fault = fault;
	noted_error = error;
	vsnprintf(noted_message, sizeof(noted_message), format, arguments);
	/* names come from files: Java's encoding takes no arbitrary bytes */
	for (c = noted_message; *c; c++)
		if (*c & 0x80)
			*c = '?';
}

const char *error_text(int error, char text[ERROR_TEXT_BYTES])
{
	const char *name = strerrorname_np(error);

	if (!error)
		text[0] = 0;
	else if (error == ENOTSUPP)
		snprintf(text, ERROR_TEXT_BYTES, "ENOTSUPP: Not supported by this kernel");
	else if (!name)
		snprintf(text, ERROR_TEXT_BYTES, "error %d", error);
	else
		snprintf(text, ERROR_TEXT_BYTES, "%s: %s", name, strerrordesc_np(error));
	return text;
}

static bool may_trace(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
	uint64_t effective, tracing = 1ULL << CAP_BPF | 1ULL << CAP_PERFMON;

	if (syscall(SYS_capget, &header, data))
		return true; /* unknown: then no hint */
	effective = (uint64_t)data[1].effective << 32 | data[0].effective;
	return (effective & 1ULL << CAP_SYS_ADMIN) || (effective & tracing) == tracing;
}

int fail_system(int error, const char *format, ...)
{
	char text[ERROR_TEXT_BYTES];
	va_list arguments;
	size_t length;

	va_start(arguments, format);
	note(FAULT_SYSTEM, error, format, arguments);
	va_end(arguments);
	length = strlen(noted_message);
	snprintf(noted_message + length, sizeof(noted_message) - length, ": %s%s", error_text(error, text),
		 error == EPERM && !may_trace() ? ". Hint: needs CAP_BPF and CAP_PERFMON, or run as root" : "");
	return -error;
}

int fail_argument(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	note(FAULT_ARGUMENT, EINVAL, format, arguments);
	va_end(arguments);
	return -EINVAL;
}

int fail_state(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	note(FAULT_STATE, EBADFD, format, arguments);
	va_end(arguments);
	return -EBADFD;
}

static jclass global_class(JNIEnv *env, const char *name)
{
	jclass local = (*env)->FindClass(env, name);
	jclass global;

	if (!local)
		return NULL;
	global = (*env)->NewGlobalRef(env, local);
	(*env)->DeleteLocalRef(env, local);
	return global;
}

int errors_prepare(JNIEnv *env)
{
	bpf_exception = global_class(env, "io/kyanos/bridge/BpfException");
	if (!bpf_exception)
		return -ENOENT;
	bpf_exception_init =
		(*env)->GetMethodID(env, bpf_exception, "<init>", "(Ljava/lang/String;ILjava/lang/String;)V");
	if (!bpf_exception_init)
		return -ENOENT;
	illegal_argument = global_class(env, "java/lang/IllegalArgumentException");
	if (!illegal_argument)
		return -ENOENT;
	illegal_state = global_class(env, "java/lang/IllegalStateException");
	return illegal_state ? 0 : -ENOENT;
}

static void throw_bpf_exception(JNIEnv *env)
{
	jstring message, log;
	jobject exception;

	message = (*env)->NewStringUTF(env, noted_message);
	if (!message)
		return; /* out of memory: that is thrown instead */
	log = (*env)->NewStringUTF(env, log_text());
	if (!log)
		return;
	exception = (*env)->NewObject(env, bpf_exception, bpf_exception_init, message, noted_error, log);
	if (exception)
		(*env)->Throw(env, exception);
}

void errors_throw(JNIEnv *env)
{
	if ((*env)->ExceptionCheck(env))
		return; /* an array access or an allocation has thrown already */
	switch (noted_fault) {
	case FAULT_SYSTEM:
		throw_bpf_exception(env);
		break;
	case FAULT_ARGUMENT:
		(*env)->ThrowNew(env, illegal_argument, noted_message);
		break;
	case FAULT_STATE:
		(*env)->ThrowNew(env, illegal_state, noted_message);
		break;
	}
}
