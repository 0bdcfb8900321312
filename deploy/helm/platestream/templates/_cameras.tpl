{{/* Settings of single cameras: a ConfigMap that the service follows, so no checksum of it is anywhere. */}}

{{/* The name of the ConfigMap; empty without one. */}}
{{- define "platestream.camerasConfigMap" -}}
{{- if .Values.existingCamerasConfigMap -}}
{{- .Values.existingCamerasConfigMap -}}
{{- else if .Values.cameras -}}
{{- printf "%s-cameras" (include "platestream.fullname" . | trunc 55 | trimSuffix "-") -}}
{{- end -}}
{{- end -}}

{{/* The folder, and not the file in it by subPath, which the kubelet never updates. */}}
{{- define "platestream.camerasMounts" -}}
{{- if include "platestream.camerasConfigMap" . -}}
- name: cameras
  mountPath: /etc/platestream-cameras
  readOnly: true
{{- end -}}
{{- end -}}

{{- define "platestream.camerasVolumes" -}}
{{- with include "platestream.camerasConfigMap" . -}}
- name: cameras
  configMap:
    name: {{ . }}
{{- end -}}
{{- end -}}
