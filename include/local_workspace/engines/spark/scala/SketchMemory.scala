package org.apache.spark.sql.localworkspace

import scala.util.Try

/** Lets the HLL functions run on this Java.
  *
  * datasketches-memory 3.0.2 refuses every Java after 21 by its version number when it is first used (seen 2026-11-23 on
  * Java 25), though it works there. It reads the number once: it is shown 21 for that moment.
  */
object SketchMemory {
  private val Version = "java.version"

  lazy val ready: Boolean = {
    val real = System.getProperty(Version)
    System.setProperty(Version, "21")
    try Try(Class.forName("org.apache.datasketches.memory.internal.ResourceImpl")).isSuccess
    finally System.setProperty(Version, real)
  }
}
