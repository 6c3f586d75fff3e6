package org.apache.spark.sql.connect.localworkspace

import org.apache.spark.sql.classic.SparkSession
import org.apache.spark.sql.connect.service.SparkConnectService
import org.apache.spark.sql.internal.SQLConf

/** Spark Connect's server, with generated code that sessions share.
  *
  * Spark's own SparkConnectServer isolates the artifacts of sessions by a class loader for each, and compiled code is
  * kept by class loader: every statement in a session of its own would compile all of its code again, and the JIT would
  * never see a class twice (4.2.0, seen 2026-11-23).
  */
object Server {
  def main(arguments: Array[String]): Unit = {
    val session = SparkSession
      .builder()
      .config(SQLConf.ARTIFACTS_SESSION_ISOLATION_ENABLED.key, false)
      .config(SQLConf.ARTIFACTS_SESSION_ISOLATION_ALWAYS_APPLY_CLASSLOADER.key, false)
      .getOrCreate()
    SparkConnectService.start(session.sparkContext)
    while (!session.sparkContext.isStopped) {
      Thread.sleep(1000)
      EndedStreams.release()
    }
  }
}
