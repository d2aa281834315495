// Ends threads without unwind tables, which are 3 of a static bootstrap's 30 MB and are left out of it.
//
// The tables serve C++ exceptions, which nothing here catches (the CSimdjson shim is compiled without them, Swift has
// none): a thrown one ends the process, as any uncaught one does. But glibc unwinds the stack when pthread_exit ends a
// thread, as libdispatch does with the main thread, and the unwinder aborts when it does not find even its own table.
// What glibc does at the stack's end is run the thread's clean-up handlers and jump to where the thread began; here it
// is told at once that the end is reached, which it allows for frames without tables. A stack trace is empty.
//
// Linked with --wrap=_Unwind_ForcedUnwind --wrap=_Unwind_Backtrace.
#include <stddef.h>
#include <unwind.h>

_Unwind_Reason_Code __wrap__Unwind_ForcedUnwind(
    struct _Unwind_Exception *exception, _Unwind_Stop_Fn stop, void *argument) {
    const _Unwind_Action actions = _UA_FORCE_UNWIND | _UA_CLEANUP_PHASE | _UA_END_OF_STACK;
    stop(1, actions, exception->exception_class, exception, NULL, argument);
    return _URC_FATAL_PHASE2_ERROR;
}

_Unwind_Reason_Code __wrap__Unwind_Backtrace(_Unwind_Trace_Fn trace, void *argument) {
    (void)trace;
    (void)argument;
    return _URC_END_OF_STACK;
}
