/* What a driver that is a shared library of its own calls as it is loaded, so that a machine can
 * give its global variables their first values back.  share/wdm-emu/driver_image.c, compiled into
 * the driver's library, makes these calls: nobody else needs them.  See docs/exploring.md. */
#ifndef EMU_DRIVER_IMAGE_H
#define EMU_DRIVER_IMAGE_H

#ifdef __cplusplus
extern "C" {
#endif

/* The library that `inside` lies in is a driver.  Its image is noted at the next boot, or the next
 * begin of a test, when all constructors have run; at once if a machine is running. */
__attribute__((visibility("default"))) void EmuDriverImageLoaded(const void *inside);

/* It is about to be unloaded. */
__attribute__((visibility("default"))) void EmuDriverImageUnloaded(const void *inside);

/* Stands for __cxa_atexit in a driver: destructors of statics that were constructed while the
 * library was loaded are kept; a static of a function that is constructed in an execution stops
 * the process, as it would be destroyed as often as it was constructed. */
__attribute__((visibility("default"))) int EmuDriverExitHandler(void (*handler)(void *),
                                                                void *object, void *module);

#ifdef __cplusplus
}
#endif

#endif
