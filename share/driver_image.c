/* Compile this into the shared library that a driver under test becomes: a machine then restores
 * the driver's global variables whenever it boots.  Nothing else is needed.  Link the library with
 * -Wl,-Bsymbolic, so that the driver's variables are its own whatever the test calls its.  See
 * docs/exploring.md. */
#include <emu/driver_image.h>

static char inside;

__attribute__((constructor)) static void driver_image_loaded(void)
{
    EmuDriverImageLoaded(&inside);
}

__attribute__((destructor)) static void driver_image_unloaded(void)
{
    EmuDriverImageUnloaded(&inside);
}

/* C++ statics of functions register their destructors here: the driver's code finds this one before
 * the C library's. */
#ifdef __cplusplus
extern "C"
#endif
__attribute__((visibility("hidden")))
int __cxa_atexit(void (*handler)(void *), void *object, void *module)
{
    return EmuDriverExitHandler(handler, object, module);
}
